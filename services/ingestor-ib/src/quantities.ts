import {
  formatMicros,
  MICROS_PER_SECOND,
  ONE,
  parseFixed,
  parseRfc3339,
  type Fixed,
  type Interval,
  type Micros,
} from '@concord/model';

/** How TWS writes that a floating-point field holds nothing. */
const UNSET = '1.7976931348623157E308';

/** Thousands apart; any other comma stands where none belongs, perhaps in the place of a point. */
const GROUPED = /^-?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;

/**
 * A number of a message, exactly as its text says: `null` where the venue says that there is none (−1, or nothing), `undefined` for what is no exact
 * decimal. TWS keeps prices as doubles and writes the shortest text that names each, so that the text is the price on its grid.
 */
export function readQuantity(text: string | undefined): Fixed | null | undefined {
  if (text === undefined) return undefined;
  if (text === '' || text === UNSET) return null;
  const value = parseFixed(GROUPED.test(text) ? text.replaceAll(',', '') : text);
  return value === -ONE ? null : value;
}

const SECONDS = /^\d{9,11}$/;
const DATE = /^(\d{4})(\d{2})(\d{2})$/;

/** Whole seconds since 1970. */
export function readSeconds(text: string | undefined): Micros | undefined {
  return text !== undefined && SECONDS.test(text) ? Number(text) * MICROS_PER_SECOND : undefined;
}

/** When a bar starts: seconds since 1970, or the date of a day's bar. */
export function readBarStart(text: string | undefined, interval: Interval): Micros | undefined {
  const date = interval === '1d' && text !== undefined ? DATE.exec(text) : null;
  if (date === null) return readSeconds(text);
  return parseRfc3339(`${date[1]}-${date[2]}-${date[3]}T00:00:00Z`);
}

/** A time as requests name it: UTC, with a dash between day and time. What is finer than a second is cut. */
export function writeTime(at: Micros): string {
  const text = formatMicros(at);
  return `${text.slice(0, 10).replaceAll('-', '')}-${text.slice(11, 19)}`;
}
