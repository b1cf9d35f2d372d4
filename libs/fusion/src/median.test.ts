import { divideHalfEven } from '@concord/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerMedian, medianDistance, medianOfSorted, sortShort, upperMedian } from './median.ts';

const values = fc.array(fc.bigInt({ min: -50n, max: 50n }), { minLength: 1, maxLength: 61 });

describe('medians', () => {
  it('of an even count are the mean of the middle two, or the lower or upper of them', () => {
    const sorted = sortShort([7n, 1n, 4n, 2n]);
    expect(sorted).toEqual([1n, 2n, 4n, 7n]);
    expect([medianOfSorted(sorted), lowerMedian(sorted), upperMedian(sorted)]).toEqual([3n, 2n, 4n]);
  });

  it('of an odd count are the middle value', () => {
    const sorted = sortShort([5n, 9n, 1n]);
    expect([medianOfSorted(sorted), lowerMedian(sorted), upperMedian(sorted)]).toEqual([5n, 5n, 5n]);
  });

  it('of distances equal those of the distances sorted afresh', () => {
    fc.assert(
      fc.property(values, fc.bigInt({ min: -60n, max: 60n }), (given, centre) => {
        const sorted = sortShort([...given]);
        const distances = sortShort(given.map((x) => (x < centre ? centre - x : x - centre)));
        const half = distances.length / 2;
        const expected =
          distances.length % 2 === 1
            ? distances[Math.floor(half)]
            : divideHalfEven((distances[half - 1] as bigint) + (distances[half] as bigint), 2n);
        expect(medianDistance(sorted, centre)).toBe(expected);
      }),
    );
  });
});
