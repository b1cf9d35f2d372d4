import { ManualClock } from '@concord/testkit';
import { expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

/** A clock whose timers are all late: none is looked at while the process stalls. */
function stalling(): { now: number; clock: ConstructorParameters<typeof Pacer>[0]; wake(): void } {
  const due: { at: number; act: () => void }[] = [];
  const bench = {
    now: 0,
    clock: {
      monotonicMs: () => bench.now,
      setTimer: (act: () => void, ms: number) => {
        const timer = { at: bench.now + ms, act };
        due.push(timer);
        return { cancel: () => void due.splice(due.indexOf(timer), 1) };
      },
    },
    wake() {
      for (const timer of [...due].filter(({ at }) => at <= bench.now)) {
        due.splice(due.indexOf(timer), 1);
        timer.act();
      }
    },
  };
  return bench;
}

it('does one at a time, also when the process stalled while several fell due', () => {
  const bench = stalling();
  const pacer = new Pacer(bench.clock, 100);
  const done: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) pacer.act(() => done.push(`${name}@${bench.now}`));
  bench.now = 1_500;
  bench.wake();
  bench.wake();
  expect(done).toEqual(['a@0', 'b@1500']);
  for (bench.now = 1_510; bench.now <= 2_000; bench.now += 10) bench.wake();
  expect(done).toEqual(['a@0', 'b@1500', 'c@1600', 'd@1700']);
});

it('passes on the turn of one that is taken back', () => {
  const clock = new ManualClock();
  const pacer = new Pacer(clock, 100);
  const done: string[] = [];
  const name = (text: string) => (): void => void done.push(`${text}@${clock.monotonicMs()}`);
  pacer.act(name('a'));
  const takeBack = pacer.act(name('b'));
  pacer.act(name('c'));
  takeBack();
  clock.advance(500);
  expect(done).toEqual(['a@0', 'c@100']);
});

it('lets go of who waits for a turn when it is told to', async () => {
  const clock = new ManualClock();
  const pacer = new Pacer(clock, 100);
  const stop = new AbortController();
  await pacer.turn(stop.signal);
  const waiting = pacer.turn(stop.signal);
  stop.abort();
  await waiting;
  await pacer.turn(stop.signal);
  expect(clock.pending).toBe(0);
});

it('may be asked for a turn within one', () => {
  const clock = new ManualClock();
  const pacer = new Pacer(clock, 100);
  const done: number[] = [];
  pacer.act(() => {
    done.push(clock.monotonicMs());
    pacer.act(() => done.push(clock.monotonicMs()));
    pacer.act(() => done.push(clock.monotonicMs()));
  });
  clock.advance(1_000);
  expect(done).toEqual([0, 100, 200]);
});
