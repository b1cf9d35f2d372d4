import { describe, expect, it } from 'vitest';
import { Sums } from './sums.ts';
import { at, fixed } from './testing/records.ts';

const UNIT = fixed('0.0001');
const TWO_SECONDS = 2_000_000;

describe('the sums of a stream', () => {
  it('hold each value until the next, so that two records give the exact average between them', () => {
    const sums = new Sums();
    // 100 for 2 s, 101 for 1 s: Σp·Δt = 301, at scale 10^-18.
    sums.held(fixed('100'), fixed('0.01'), 2_000_000);
    sums.held(fixed('101'), fixed('0.03'), 1_000_000);
    sums.lost(500_000);
    expect(sums.state.priceTime).toBe(301n * 10n ** 18n);
    expect(sums.state.confidenceTime).toBe(5n * 10n ** 16n);
    expect(sums.state.downtime).toBe(500_000);
  });

  it('average with weight 1/confidence, old values decayed', () => {
    const sums = new Sums();
    sums.enter(fixed('100'), fixed('0.01'), UNIT, at(0), TWO_SECONDS);
    expect(sums.average(UNIT)).toBe(fixed('100'));
    // Half a half-life later d = 1 − ln 2 / 2 = 0.6534264; (100·100·d + 100·101) / (100·d + 100) = 100.604805.
    sums.enter(fixed('101'), fixed('0.01'), UNIT, at(1), TWO_SECONDS);
    expect(sums.average(UNIT)).toBe(fixed('100.6048'));
    // A value ten times as wide counts a tenth: ((65.34264 + 100)·d·100.604805 + 10·110) / ((65.34264 + 100)·d + 10) = 101.40074.
    sums.enter(fixed('110'), fixed('0.1'), UNIT, at(2), TWO_SECONDS);
    expect(sums.average(UNIT)).toBe(fixed('101.4007'));
  });

  it('begin the average anew after 0.7 half-lives without a value', () => {
    const sums = new Sums();
    sums.enter(fixed('100'), fixed('0.01'), UNIT, at(0), TWO_SECONDS);
    sums.enter(fixed('101'), fixed('0.01'), UNIT, at(1.4), TWO_SECONDS);
    // At exactly 0.7 it still goes on: d = 1 − 0.7·ln 2 = 0.51480; 100.66016.
    expect(sums.average(UNIT)).toBe(fixed('100.6602'));
    sums.enter(fixed('90'), fixed('0.01'), UNIT, at(2.800001), TWO_SECONDS);
    expect(sums.average(UNIT)).toBe(fixed('90'));
  });

  it('weigh a confidence that was rounded to nothing like the least amount', () => {
    const sums = new Sums();
    sums.enter(fixed('100'), 0n, UNIT, at(0), TWO_SECONDS);
    expect(sums.average(UNIT)).toBe(fixed('100'));
  });
});
