import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Residuals, WINDOW_LENGTH } from './residuals.ts';

function residualsOf(values: readonly bigint[]): Residuals {
  const residuals = new Residuals();
  for (const value of values) residuals.admit(value);
  return residuals;
}

describe('the window of residuals', () => {
  it('says nothing of the spread with fewer than ten', () => {
    expect(residualsOf([1n, 90n, 4n, 7n, 2n, 8n, 3n, 9n, 5n]).spread()).toBe(0n);
  });

  it('has 1.4826 times the median distance from the median as its spread', () => {
    // Median of 0 10 … 90 is 45; distances 5 5 15 15 25 25 35 35 45 45: their median is 25; 1.4826 · 25 = 37.065.
    const values = Array.from({ length: 10 }, (_, i) => BigInt(i) * 10_000n);
    expect(residualsOf(values).spread()).toBe(37_065n);
  });

  it('forgets the oldest beyond sixty, and is the same as one that only ever held the rest', () => {
    const many = fc.array(fc.bigInt({ min: -9n, max: 9n }), { minLength: 61, maxLength: 150 });
    fc.assert(
      fc.property(many, (values) => {
        const all = residualsOf(values);
        const last = residualsOf(values.slice(-WINDOW_LENGTH));
        expect(all.values).toEqual(last.values);
        expect(all.spread()).toBe(last.spread());
      }),
    );
  });
});
