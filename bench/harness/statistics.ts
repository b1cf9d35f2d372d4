import type { Measure } from './scenario.ts';

/** The value below which the part `share` (0 to 1) of the values lies: the nearest rank, no interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** A measure whose value is the median of the rounds. */
export function medianMeasure(
  name: string,
  unit: string,
  rounds: readonly number[],
  bounds: Pick<Measure, 'atLeast' | 'atMost'> = {},
): Measure {
  return { name, unit, value: median(rounds), rounds, ...bounds };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Slope of the straight line nearest to the points (least squares): units of `y` per unit of `x`. */
export function slope(points: readonly Point[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  let products = 0;
  let squares = 0;
  for (const { x, y } of points) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  return products / squares;
}

/**
 * Rate of a count that grew from nothing to its end, over the middle of it: what came while the first and the last tenth passed is
 * left out, since there processes start and run dry. `x` in ms, `y` the count; the result is per second.
 */
export function middleRate(points: readonly Point[]): number {
  const total = points.at(-1)?.y ?? 0;
  const first = points.find(({ y }) => y >= total * 0.1);
  const last = points.find(({ y }) => y >= total * 0.9);
  if (first === undefined || last === undefined || last.x <= first.x) return NaN;
  return ((last.y - first.y) / (last.x - first.x)) * 1000;
}
