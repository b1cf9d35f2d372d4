import { divideHalfEven, ONE, type Fixed } from '@concord/model';

const WHOLE = 100n * ONE;

/**
 * Integer weights of trades in the three-vote rule: max(1, round(scale · share)), where a source's share of Σ 1/c² is cut at
 * `capPercent`. Shares are compared as exact fractions: 1/cᵢ² over Σ 1/cⱼ² is Πⱼ≠ᵢ cⱼ² over the sum of these products. Rounds
 * half to even. Half-widths are above 0.
 */
export function inverseSquareWeights(
  halfWidths: readonly Fixed[],
  scale: number,
  capPercent: Fixed,
): number[] {
  const count = halfWidths.length;
  const products: bigint[] = new Array<bigint>(count);
  let before = 1n;
  for (let i = 0; i < count; i++) {
    products[i] = before;
    const halfWidth = halfWidths[i] as Fixed;
    before *= halfWidth * halfWidth;
  }
  let after = 1n;
  let sum = 0n;
  for (let i = count - 1; i >= 0; i--) {
    const product = (products[i] as bigint) * after;
    products[i] = product;
    sum += product;
    const halfWidth = halfWidths[i] as Fixed;
    after *= halfWidth * halfWidth;
  }
  const capped = divideHalfEven(BigInt(scale) * capPercent, WHOLE);
  return products.map((product) => {
    const beyond = product * WHOLE > capPercent * sum;
    const weight = beyond ? capped : divideHalfEven(BigInt(scale) * product, sum);
    return Math.max(1, Number(weight));
  });
}

/**
 * Weights whose share is cut at max(`capPercent`, 1/n), the excess shared among the others in proportion; repeated while that
 * lifts another above the cap. Exact: the results are integers that stand in the proportion of the shares.
 */
export function cappedWeights(weights: readonly Fixed[], capPercent: Fixed): bigint[] {
  const count = BigInt(weights.length);
  // The cap as a fraction, and with it what is left for those below it.
  const [cap, whole] = capPercent * count >= WHOLE ? [capPercent, WHOLE] : [1n, count];
  const capped = new Set<number>();
  for (;;) {
    const rest = whole - cap * BigInt(capped.size);
    let sum = 0n;
    weights.forEach((weight, i) => {
      if (!capped.has(i)) sum += weight;
    });
    if (sum === 0n) return weights.map(() => 1n);
    const above = weights.findIndex((weight, i) => !capped.has(i) && weight * rest > cap * sum);
    if (above < 0) return weights.map((weight, i) => (capped.has(i) ? cap * sum : weight * rest));
    // All that are above at this step are cut together: the order of sources must not matter.
    weights.forEach((weight, i) => {
      if (!capped.has(i) && weight * rest > cap * sum) capped.add(i);
    });
  }
}
