import { ManualClock } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';
import { Pacer } from './pacer.ts';

describe('Outbox', () => {
  it('sends the first message at once and the others in order, spaced out', () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const outbox = new Outbox(new Pacer(clock, 250), (text) => sent.push(`${text}@${clock.monotonicMs()}`));
    for (const text of ['a', 'b', 'c']) outbox.send(text);
    clock.advance(1_000);
    outbox.send('d');
    expect(sent).toEqual(['a@0', 'b@250', 'c@500', 'd@1000']);
  });

  it('sends nothing more once it is closed', () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const outbox = new Outbox(new Pacer(clock, 250), (text) => sent.push(text));
    outbox.send('a');
    outbox.send('b');
    outbox.close();
    clock.advance(10_000);
    expect(sent).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('refuses more messages than any connection could send in time', () => {
    const clock = new ManualClock();
    const outbox = new Outbox(new Pacer(clock, 250), () => undefined);
    const outcomes = Array.from({ length: 1_030 }, (_, index) => outbox.send(String(index)));
    expect(outcomes.filter((taken) => !taken)).toHaveLength(5);
  });

  it('shares its pace with others where the venue counts by address', () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const pacer = new Pacer(clock, 250);
    const write = (text: string): void => void sent.push(`${text}@${clock.monotonicMs()}`);
    const [one, two] = [new Outbox(pacer, write), new Outbox(pacer, write)];
    one.send('a');
    two.send('b');
    one.send('c');
    clock.advance(1_000);
    expect(sent).toEqual(['a@0', 'b@250', 'c@500']);
  });

  it('sends the first message of a connection before the further ones of others, whose order stays', () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const pacer = new Pacer(clock, 250);
    const write = (text: string): void => void sent.push(`${text}@${clock.monotonicMs()}`);
    const [busy, fresh, another] = [0, 1, 2].map(() => new Outbox(pacer, write));
    for (const text of ['a', 'b', 'c', 'd']) busy?.send(text);
    fresh?.send('x');
    fresh?.send('y');
    another?.send('z');
    clock.advance(2_000);
    expect(sent).toEqual(['a@0', 'x@250', 'z@500', 'b@750', 'c@1000', 'd@1250', 'y@1500']);
    expect(clock.pending).toBe(0);
  });
});
