import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixed } from './testing/records.ts';
import { Votes } from './votes.ts';

function votesOf(...given: [price: string, halfWidth: string, weight: number][]): Votes {
  const votes = new Votes();
  for (const [price, halfWidth, weight] of given) votes.add(fixed(price), fixed(halfWidth), weight);
  return votes;
}

const source = fc.record({
  price: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  halfWidth: fc.bigInt({ min: 1n, max: 10n ** 13n }),
  weight: fc.integer({ min: 1, max: 20 }),
});

describe('the three-vote rule', () => {
  it('takes the quartiles of the nine votes of three sources', () => {
    // a 100.01 ± 0.01, b 100.02 ± 0.01, c 100.02 ± 0.02. Sorted votes:
    // 100.00 100.00 100.01 100.01 100.02 100.02 100.02 100.03 100.04; W = 9, ⌊9/4⌋ = 2: V[2], V[6]; V[4].
    const { p25, p50, p75 } = votesOf(
      ['100.01', '0.01', 1],
      ['100.02', '0.01', 1],
      ['100.02', '0.02', 1],
    ).quartiles();
    expect([p25, p50, p75]).toEqual([fixed('100.01'), fixed('100.02'), fixed('100.02')]);
  });

  it('takes the mean of the middle two votes when their number is even', () => {
    // a 10 ± 1, b 12 ± 1: 9 10 11 11 12 13; W = 6, ⌊6/4⌋ = 1: V[1] = 10, V[4] = 12; (V[2] + V[3])/2 = 11.
    const { p25, p50, p75 } = votesOf(['10', '1', 1], ['12', '1', 1]).quartiles();
    expect([p25, p50, p75]).toEqual([fixed('10'), fixed('11'), fixed('12')]);
  });

  it('counts a vote as often as it weighs', () => {
    // a 10 ± 1 three times, b 20 ± 1 once: 9×3 10×3 11×3 19 20 21; W = 12, ⌊12/4⌋ = 3: V[3] = 10, V[8] = 11;
    // (V[5] + V[6])/2 = (10 + 11)/2.
    const { p25, p50, p75 } = votesOf(['10', '1', 3], ['20', '1', 1]).quartiles();
    expect([p25, p50, p75]).toEqual([fixed('10'), fixed('10.5'), fixed('11')]);
  });

  it('rounds the mean of the middle two half to even at the last place', () => {
    const votes = new Votes();
    votes.add(3n, 1n, 1); // 2 3 4
    votes.add(6n, 1n, 1); // 5 6 7: the middle two are 4 and 5
    expect(votes.quartiles().p50).toBe(4n);
  });

  it('does not depend on the order of the sources, and stays within the votes', () => {
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (sources, chance) => {
          const inOrder = new Votes();
          for (const { price, halfWidth, weight } of sources) inOrder.add(price, halfWidth, weight);
          const shuffled = sources
            .map((one) => ({ one, place: chance.next().value }))
            .sort((a, b) => a.place - b.place);
          const other = new Votes();
          for (const { one } of shuffled) other.add(one.price, one.halfWidth, one.weight);
          const quartiles = inOrder.quartiles();
          expect(other.quartiles()).toEqual(quartiles);
          const lows = sources.map(({ price, halfWidth }) => price - halfWidth);
          const highs = sources.map(({ price, halfWidth }) => price + halfWidth);
          const { p25, p50, p75 } = quartiles;
          expect(lows.some((low) => low <= p25)).toBe(true);
          expect(highs.some((high) => high >= p75)).toBe(true);
          expect(p25 <= p50 && p50 <= p75 && p25 < p75).toBe(true);
        },
      ),
    );
  });
});
