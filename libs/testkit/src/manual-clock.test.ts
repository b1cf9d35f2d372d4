import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';

describe('ManualClock', () => {
  it('stands still until it is moved', () => {
    const clock = new ManualClock({ startAtMs: 1_000 });
    expect([clock.nowMs(), clock.nowMicros(), clock.monotonicMs()]).toEqual([1_000, 1_000_000, 0]);
    clock.advance(2.5);
    expect([clock.nowMs(), clock.nowMicros(), clock.monotonicMs()]).toEqual([1_002, 1_002_500, 2.5]);
  });

  it('runs timers in the order in which they are due, each at its own time', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const note = (name: string) => (): void => void ran.push(`${name}@${clock.monotonicMs()}`);
    clock.setTimer(note('late'), 30);
    clock.setRepeating(note('tick'), 10);
    clock.setTimer(note('also 10'), 10);
    clock.setTimer(note('cancelled'), 5).cancel();
    clock.advance(30);
    expect(ran).toEqual(['tick@10', 'also 10@10', 'tick@20', 'late@30', 'tick@30']);
  });

  it('runs a timer that another set within the same move', () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    clock.setTimer(() => void clock.setTimer(() => void ran.push(clock.monotonicMs()), 5), 5);
    clock.advance(10);
    expect(ran).toEqual([10]);
  });

  it('wakes a sleeper in its own time when it passes, or when its signal aborts', async () => {
    const clock = new ManualClock();
    const woke: number[] = [];
    void clock.sleep(10).then(async () => {
      woke.push(clock.monotonicMs());
      await clock.sleep(10);
      woke.push(clock.monotonicMs());
    });
    const stop = new AbortController();
    void clock.sleep(1_000, stop.signal).then(() => woke.push(-1));
    await clock.pass(25);
    expect(woke).toEqual([10, 20]);
    stop.abort();
    await clock.pass(0);
    expect(woke).toEqual([10, 20, -1]);
    expect(clock.pending).toBe(0);
  });

  it('draws the same chances from the same seed, evenly', () => {
    const draw = (seed: number): number[] => {
      const clock = new ManualClock({ seed });
      return Array.from({ length: 1_000 }, () => clock.random());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const mean = draw(7).reduce((sum, chance) => sum + chance, 0) / 1_000;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
  });
});
