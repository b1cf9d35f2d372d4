import { absolute, divideHalfEven } from '@concord/model';

/** Sorts a short array in place, ascending. Insertion sort: the arrays here hold a handful of sources. */
export function sortShort(values: bigint[]): bigint[] {
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as bigint;
    let j = i - 1;
    while (j >= 0 && (values[j] as bigint) > value) {
      values[j + 1] = values[j] as bigint;
      j--;
    }
    values[j + 1] = value;
  }
  return values;
}

/** Median of ascending values; of an even count the mean of the middle two, half to even. At least one value. */
export function medianOfSorted(sorted: readonly bigint[]): bigint {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as bigint;
  if (sorted.length % 2 === 1) return upper;
  return divideHalfEven((sorted[middle - 1] as bigint) + upper, 2n);
}

/** The middle value; of an even count the lower of the middle two. */
export function lowerMedian(sorted: readonly bigint[]): bigint {
  return sorted[(sorted.length - 1) >> 1] as bigint;
}

/** The middle value; of an even count the upper of the middle two. */
export function upperMedian(sorted: readonly bigint[]): bigint {
  return sorted[sorted.length >> 1] as bigint;
}

/**
 * Median of |x − centre| over ascending x. The distances grow outwards from the centre on both sides, so the middle ones are
 * reached by merging the two sides from there: no second sort.
 */
export function medianDistance(sorted: readonly bigint[], centre: bigint): bigint {
  const count = sorted.length;
  let right = firstAtLeast(sorted, centre);
  let left = right - 1;
  const middle = count >> 1;
  let previous = 0n;
  let current = 0n;
  for (let taken = 0; taken <= middle; taken++) {
    previous = current;
    const onRight = right < count ? (sorted[right] as bigint) - centre : undefined;
    const onLeft = left >= 0 ? centre - (sorted[left] as bigint) : undefined;
    if (onLeft === undefined || (onRight !== undefined && onRight <= onLeft)) {
      current = onRight as bigint;
      right++;
    } else {
      current = onLeft;
      left--;
    }
  }
  return count % 2 === 1 ? absolute(current) : divideHalfEven(previous + current, 2n);
}

/** Index of the first value ≥ `bound` in ascending values, or their count. */
export function firstAtLeast(sorted: readonly bigint[], bound: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as bigint) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
