/**
 * Counts and spans of time stay whole numbers that reports and snapshots can hold, whatever ids and times a record claims: beyond
 * ±(2^53 − 1) they stay there.
 */
export function saturated(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
}
