import { describe, expect, it } from 'vitest';
import { TradePace } from './pace.ts';
import { at } from './testing/records.ts';

const LIMITS = { tradeAgeFactor: 100, tradeMinimumAge: 10_000_000, tradeMaximumAge: 300_000_000 };

function paceOf(count: number, everySeconds: number): TradePace {
  const pace = new TradePace();
  for (let i = 1; i <= count; i++) pace.arrived(at(i * everySeconds), LIMITS);
  return pace;
}

describe('the age that a trade may have', () => {
  it('is the maximum when there were no trades', () => {
    expect(new TradePace().maximumAge(at(0), LIMITS)).toBe(300_000_000);
  });

  it('is a hundred mean intervals of the last minute', () => {
    // 30 trades in the last 60 s: a mean interval of 2 s, 200 s; 40 of them: 150 s.
    expect(paceOf(30, 2).maximumAge(at(60), LIMITS)).toBe(200_000_000);
    expect(paceOf(40, 1.5).maximumAge(at(60), LIMITS)).toBe(150_000_000);
  });

  it('counts a trade for sixty seconds and not longer', () => {
    const pace = paceOf(30, 2);
    // At 62 s the one at 2 s is 60 s old: 29 are left, 100 · 60/29 s.
    expect(pace.maximumAge(at(61.999), LIMITS)).toBe(200_000_000);
    expect(pace.maximumAge(at(62), LIMITS)).toBe(206_896_551);
  });

  it('is held between the limits, and keeps no more trades than decide it', () => {
    expect(paceOf(10, 1).maximumAge(at(10), LIMITS)).toBe(300_000_000);
    const busy = paceOf(20_000, 0.003);
    expect(busy.maximumAge(at(60), LIMITS)).toBe(10_000_000);
    expect(busy.arrivals.length).toBe(600);
  });
});
