const DAY = 86_400_000_000;
export const WEEK = 7 * DAY;
/** The first Monday of 1970, whose first day was a Thursday. */
const MONDAY = 4 * DAY;

/** The time from which windows of a length are counted: weeks begin on Monday. */
export function originOf(length: number): number {
  return length === WEEK ? MONDAY : 0;
}

/** Start of the window that holds `at`; `origin` is the start of any one of them. */
export function windowStart(at: number, length: number, origin = originOf(length)): number {
  return Math.floor((at - origin) / length) * length + origin;
}

/** Start of the first window that begins at `at` or later. */
export function windowFrom(at: number, length: number): number {
  return -windowStart(-at, length, -originOf(length));
}
