/** Microseconds since 1970-01-01T00:00:00Z, an integer. */
export type Micros = number;

export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;

/** Lengths of the bar intervals, in the order in which each can be merged from an earlier one. */
export const INTERVALS = {
  '1s': 1 * MICROS_PER_SECOND,
  '1m': 60 * MICROS_PER_SECOND,
  '5m': 300 * MICROS_PER_SECOND,
  '15m': 900 * MICROS_PER_SECOND,
  '1h': 3_600 * MICROS_PER_SECOND,
  '4h': 14_400 * MICROS_PER_SECOND,
  '1d': 86_400 * MICROS_PER_SECOND,
} as const satisfies Record<string, Micros>;

export type Interval = keyof typeof INTERVALS;

export const INTERVAL_NAMES = Object.keys(INTERVALS) as Interval[];

export function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVALS, text);
}

/** Start of the UTC-aligned window of `interval` that holds `at`. */
export function windowStart(at: Micros, interval: Interval): Micros {
  const length = INTERVALS[interval];
  return Math.floor(at / length) * length;
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/** Reads an RFC 3339 UTC time with up to nanoseconds; digits beyond microseconds are cut. `undefined` when it is none. */
export function parseRfc3339(text: string): Micros | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}Z`);
  // A day that the month does not have is read as one of the next.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(match[1]?.slice(8, 10))) return undefined;
  return ms * MICROS_PER_MS + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** RFC 3339 with microseconds, UTC. */
export function formatMicros(at: Micros): string {
  const ms = Math.floor(at / MICROS_PER_MS);
  const rest = at - ms * MICROS_PER_MS;
  return new Date(ms).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
