const SECOND = 1_000_000;
const FORMATS = new Map<string, Intl.DateTimeFormat>();
/** More zones than this are not asked for by any client; a bound all the same. */
const FORMATS_MAX = 64;

/** Throws `RangeError` for a zone that does not exist. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    if (FORMATS.size >= FORMATS_MAX) FORMATS.clear();
    FORMATS.set(zone, format);
  }
  return format;
}

/** The wall clock of a zone as `20261123 09:30:00`. */
export function wallTime(micros: number, zone: string): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(micros / 1_000)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return `${year}${month}${day} ${hour}:${minute}:${second}`;
}

/** `20261123 09:30:00 US/Eastern`. */
export function zonedTime(micros: number, zone: string): string {
  return `${wallTime(micros, zone)} ${zone}`;
}

/** `20261123`, of the UTC day that a daily bar covers. */
export function dayText(micros: number): string {
  return wallTime(micros, 'UTC').slice(0, 8);
}

/** `20261123-14:30:00`, always UTC. */
export function utcTime(micros: number): string {
  return wallTime(micros, 'UTC').replace(' ', '-');
}

const REQUESTED = /^(\d{4})(\d{2})(\d{2})(?:([ -])(\d{2}:\d{2}:\d{2})(?: (\S+))?)?$/;

/**
 * Microseconds of a time as a client asks for it: `20261123 09:30:00 US/Eastern`, `20261123-14:30:00` (UTC), or without a zone
 * in `ownZone`. `undefined` for anything else.
 */
export function parseTime(text: string, ownZone: string): number | undefined {
  const match = REQUESTED.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, separator, time = '00:00:00', zone] = match;
  if (separator === '-' && zone !== undefined) return undefined;
  const wall = Date.parse(`${year}-${month}-${day}T${time}Z`);
  // The engine takes February 30 for March 2.
  if (!Number.isFinite(wall) || dayText(wall * 1_000) !== text.slice(0, 8)) return undefined;
  try {
    return (wall - offsetMs(wall, separator === '-' ? 'UTC' : (zone ?? ownZone))) * 1_000;
  } catch {
    return undefined;
  }
}

/** How far a zone is ahead of UTC when its wall clock shows `wallMs`; asked twice, since the answer depends on the instant. */
function offsetMs(wallMs: number, zone: string): number {
  const ahead = (utcMs: number): number => {
    const [date = '', time = ''] = wallTime(utcMs * 1_000, zone).split(' ');
    const shown = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time}Z`;
    return Date.parse(shown) - Math.floor(utcMs / 1_000) * 1_000;
  };
  return ahead(wallMs - ahead(wallMs));
}

export function seconds(micros: number): number {
  return Math.floor(micros / SECOND);
}
