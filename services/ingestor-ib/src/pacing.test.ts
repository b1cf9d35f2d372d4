import { ManualClock } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { Pacing } from './pacing.ts';

describe('pacing', () => {
  it('lets tick-by-tick data of one instrument be asked for once in 15 s, of others at once', () => {
    const clock = new ManualClock();
    const pacing = new Pacing(clock);
    expect(pacing.tickByTickMs('AAPL.US')).toBe(0);
    expect(pacing.tickByTickMs('IBM.US')).toBe(0);
    clock.advance(5_000);
    const waitMs = pacing.tickByTickMs('AAPL.US');
    expect(waitMs).toBeGreaterThanOrEqual(10_000);
    clock.advance(waitMs);
    expect(pacing.tickByTickMs('AAPL.US')).toBe(0);
  });

  it('keeps identical historical requests 15 s apart, and those of one contract five to 2 s', () => {
    const clock = new ManualClock();
    const pacing = new Pacing(clock);
    expect(pacing.history('AAPL.US', 'same').waitMs).toBe(0);
    expect(pacing.history('AAPL.US', 'same').waitMs).toBeGreaterThanOrEqual(15_000);
    const waits = [1, 2, 3, 4, 5, 6].map((number) => pacing.history('IBM.US', `number ${number}`).waitMs);
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(waits[5]).toBeGreaterThanOrEqual(2_000);
  });

  it('takes no place for requests that were not sent, and none from those that were', () => {
    const clock = new ManualClock();
    const pacing = new Pacing(clock);
    for (let index = 0; index < 60; index++) pacing.history(`instrument ${index}`, `sent ${index}`);
    const places = Array.from({ length: 200 }, (_, index) => pacing.history('IBM.US', `request ${index}`));
    for (const place of places) place.giveBack();
    expect(pacing.history('IBM.US', 'one more').waitMs).toBe(602_000);
  });

  it('never lets more than 60 historical requests go within 10 minutes', () => {
    const clock = new ManualClock();
    const pacing = new Pacing(clock);
    const sent: number[] = [];
    for (let index = 0; index < 150; index++) {
      clock.advance(pacing.history(`instrument ${index % 40}`, `request ${index}`).waitMs);
      sent.push(clock.monotonicMs());
    }
    for (const [index, at] of sent.entries()) {
      const earlier = sent[index - 60];
      if (earlier !== undefined) expect(at - earlier).toBeGreaterThan(600_000);
    }
  });
});
