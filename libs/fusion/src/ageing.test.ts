import { describe, expect, it } from 'vitest';
import { agedHalfWidth } from './ageing.ts';
import { fixed } from './testing/records.ts';

describe('ageing', () => {
  it('doubles a half-width in three times the ageing time', () => {
    // √(1 + 15 s / 5 s) = 2.
    expect(agedHalfWidth(fixed('0.01'), 15_000_000, 5_000_000)).toBe(fixed('0.02'));
  });

  it('is rounded down once, at the last of the twelve places', () => {
    // 0.01 · √2 = 0.0141421356237309…
    expect(agedHalfWidth(fixed('0.01'), 5_000_000, 5_000_000)).toBe(fixed('0.014142135623'));
  });

  it('leaves what is not old, or from the future, as it is', () => {
    expect(agedHalfWidth(fixed('0.01'), 0, 5_000_000)).toBe(fixed('0.01'));
    expect(agedHalfWidth(fixed('0.01'), -3, 5_000_000)).toBe(fixed('0.01'));
  });
});
