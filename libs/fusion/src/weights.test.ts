import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixed } from './testing/records.ts';
import { cappedWeights, inverseSquareWeights } from './weights.ts';

const CAP = fixed('40');

describe('weights of trades', () => {
  it('follow the share of 1/c², cut at the cap, in twentieths, and are never below one', () => {
    // 1/c² = 1, 1/4, 1/16; shares 16/21, 4/21, 1/21: the first is cut to 0.4 → 8; 20·4/21 = 3.81 → 4; 20/21 = 0.95 → 1.
    expect(inverseSquareWeights([fixed('1'), fixed('2'), fixed('4')], 20, CAP)).toEqual([8, 4, 1]);
    // A share of 1/401 is 0.05 twentieths.
    expect(inverseSquareWeights([fixed('1'), fixed('20')], 20, CAP)).toEqual([8, 1]);
  });

  it('round half to even', () => {
    // Eight equal shares of 20/8 = 2.5.
    expect(inverseSquareWeights(new Array(8).fill(fixed('0.5')), 20, CAP)).toEqual(new Array(8).fill(2));
  });
});

describe('capped weights', () => {
  const shares = (weights: readonly bigint[], whole: bigint): number[] => {
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => Number((weight * whole) / sum));
  };

  it('give the excess over the cap to the others in proportion', () => {
    // 0.8, 0.15, 0.05 with a cap of 0.4: 0.4 goes 3 : 1 to the others: 0.15 + 0.3 = 0.45 is above the cap in its turn,
    // so 0.4, 0.4 and 0.2.
    expect(shares(cappedWeights([fixed('16'), fixed('3'), fixed('1')], CAP), 100n)).toEqual([40, 40, 20]);
    // 0.8, 0.1, 0.1: 0.4, 0.3, 0.3.
    expect(shares(cappedWeights([fixed('8'), fixed('1'), fixed('1')], CAP), 100n)).toEqual([40, 30, 30]);
  });

  it('cap two sources at one half each: 1/n is above the cap', () => {
    expect(shares(cappedWeights([fixed('9'), fixed('1')], CAP), 100n)).toEqual([50, 50]);
  });

  it('stay as they are below the cap', () => {
    expect(shares(cappedWeights([fixed('4'), fixed('3'), fixed('3')], CAP), 100n)).toEqual([40, 30, 30]);
  });

  it('never exceed the cap, keep the order of the weights, and do not depend on the order of sources', () => {
    const weights = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, (given) => {
        const capped = cappedWeights(given, CAP);
        const sum = capped.reduce((a, b) => a + b);
        const count = BigInt(given.length);
        for (const weight of capped) expect(weight * 5n <= sum * 2n || weight * count <= sum).toBe(true);
        given.forEach((a, i) =>
          given.forEach((b, j) => {
            if (a <= b) expect((capped[i] as bigint) <= (capped[j] as bigint)).toBe(true);
          }),
        );
        const reversed = cappedWeights(given.toReversed(), CAP).toReversed();
        const total = reversed.reduce((a, b) => a + b);
        reversed.forEach((weight, i) => expect(weight * sum).toBe((capped[i] as bigint) * total));
      }),
    );
  });
});
