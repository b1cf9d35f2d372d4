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

// Places of the characters in `2026-08-09T21:05:00.123456789Z`.
const DATE_TIME_LENGTH = 19;
const MICROS_END = DATE_TIME_LENGTH + 7;
const NANOS_END = DATE_TIME_LENGTH + 10;
const MONTH_LENGTHS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads an RFC 3339 UTC time with up to nanoseconds; digits beyond microseconds are cut. `undefined` when it is none. */
export function parseRfc3339(text: string): Micros | undefined {
  const end = text.length - 1;
  if (end < DATE_TIME_LENGTH || end > NANOS_END || text[end] !== 'Z') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':')
    return undefined;
  const [century, ofCentury] = [twoDigits(text, 0), twoDigits(text, 2)];
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  const fraction = end === DATE_TIME_LENGTH ? 0 : microsOf(text, end);
  if (century < 0 || ofCentury < 0 || fraction < 0) return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  const year = century * 100 + ofCentury;
  if (month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  const seconds = ((daysBefore(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return seconds * MICROS_PER_SECOND + fraction;
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** Negative where one of them is no digit. */
function twoDigits(text: string, at: number): number {
  const tens = digitAt(text, at);
  const ones = digitAt(text, at + 1);
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
}

/** Microseconds of the fraction that ends before `end`; negative where it is none. */
function microsOf(text: string, end: number): number {
  if (text[DATE_TIME_LENGTH] !== '.' || end === DATE_TIME_LENGTH + 1) return -1;
  let micros = 0;
  for (let at = DATE_TIME_LENGTH + 1; at < MICROS_END; at++) {
    const digit = at < end ? digitAt(text, at) : 0;
    if (digit < 0) return -1;
    micros = micros * 10 + digit;
  }
  for (let at = MICROS_END; at < end; at++) if (digitAt(text, at) < 0) return -1;
  return micros;
}

function monthLength(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (MONTH_LENGTHS[month - 1] as number);
}

/** Days from 1970-01-01 to a day of the Gregorian calendar; a year is counted from March, so that the leap day is its last. */
function daysBefore(year: number, month: number, day: number): number {
  const [marchYear, marchMonth] = month > 2 ? [year, month - 3] : [year - 1, month + 9];
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 1 - DAYS_TO_1970;
}

/** From the 1st of March of the year 0. */
const DAYS_TO_1970 = 719_468;

/** RFC 3339 with microseconds, UTC. */
export function formatMicros(at: Micros): string {
  const ms = Math.floor(at / MICROS_PER_MS);
  const rest = at - ms * MICROS_PER_MS;
  return new Date(ms).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
