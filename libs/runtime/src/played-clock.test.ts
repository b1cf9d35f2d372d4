import { describe, expect, it } from 'vitest';
import { PlayedClock, playedTimeMark, playedTimeOf } from './played-clock.ts';

const START_MS = Date.UTC(2021, 3, 17);

describe('the clock of a recording played as fast as it is read', () => {
  it('passes by itself and is moved forward, never back', async () => {
    const clock = new PlayedClock({ startAtMs: START_MS });
    await clock.sleep(5);
    const before = clock.nowMicros();
    expect(before).toBeGreaterThanOrEqual((START_MS + 5) * 1_000);
    clock.moveTo((START_MS + 60_000) * 1_000);
    const after = clock.nowMicros();
    expect(after).toBeGreaterThanOrEqual((START_MS + 60_000) * 1_000);
    clock.moveTo(START_MS * 1_000);
    expect(clock.nowMicros()).toBeGreaterThanOrEqual(after);
  });

  it('runs every timer that falls due in a move, in order, each at its time', () => {
    const clock = new PlayedClock({ startAtMs: START_MS });
    const ran: string[] = [];
    const note = (name: string) => (): void =>
      void ran.push(`${name} ${Math.round((clock.nowMs() - START_MS) / 1_000)}`);
    const everySecond = clock.setRepeating(note('tick'), 1_000);
    clock.setTimer(note('once'), 2_500);
    const cancelled = clock.setTimer(note('cancelled'), 1_500);
    cancelled.cancel();
    clock.moveTo((START_MS + 4_200) * 1_000);
    expect(ran).toEqual(['tick 1', 'tick 2', 'once 3', 'tick 3', 'tick 4']);
    everySecond.cancel();
    clock.moveTo((START_MS + 60_000) * 1_000);
    expect(ran).toHaveLength(5);
  });

  it('runs timers by itself where nothing moves it', async () => {
    const clock = new PlayedClock({ startAtMs: START_MS });
    let ran = 0;
    const timer = clock.setRepeating(() => void ran++, 5);
    await expect.poll(() => ran).toBeGreaterThan(3);
    timer.cancel();
  });
});

it('a pong that tells no recorded time tells none', () => {
  expect(playedTimeOf(Buffer.from(playedTimeMark(1_618_677_374_591_614)))).toBe(1_618_677_374_591_614);
  for (const text of ['', '7', 'played:', 'played:x', 'end-1']) {
    expect(playedTimeOf(Buffer.from(text)), text).toBeUndefined();
  }
});
