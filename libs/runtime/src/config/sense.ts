import { parseFixed, type Fixed } from '@concord/model';
import type { InstrumentDefinition } from './instrument.ts';
import type { Report } from './references.ts';
import type { ConcordConfig } from './schema.ts';

type Path = readonly (string | number)[];

const NAME_LENGTH_MAX = 64;

/**
 * What a file may not say although each value alone is well formed, since something would fail or stand still much later. It holds for files alone: what
 * a log says is read as it was written.
 */
export function refineSense(config: ConcordConfig, report: Report): void {
  const { fusion, venues, instruments } = config;
  refineFusion(fusion, ['fusion'], venues, report);
  for (const [kind, overrides] of Object.entries(fusion.kinds))
    refineFusion(overrides, ['fusion', 'kinds', kind], venues, report);
  for (const [name, { kinds }] of Object.entries(venues)) {
    if (new Set(kinds).size < kinds.length) report(['venues', name, 'kinds'], 'expected each kind once');
  }
  instruments.forEach((instrument, index) => {
    const at = ['instruments', index];
    refineFusion(instrument.fusion ?? {}, [...at, 'fusion'], venues, report);
    refineNames(instrument, at, report);
    refineBands(instrument.tickBands, [...at, 'tickBands'], report);
    refineBounds(instrument, at, report);
    if (instrument.calendar !== null) refineCalendar(instrument.calendar, [...at, 'calendar'], report);
  });
}

interface Fusion {
  readonly weights?: Readonly<Record<string, string>> | undefined;
  readonly moveBps?: string | undefined;
}

function refineFusion(
  { weights = {}, moveBps = '0' }: Fusion,
  at: Path,
  venues: object,
  report: Report,
): void {
  for (const source of Object.keys(weights))
    if (!Object.hasOwn(venues, source))
      report([...at, 'weights', source], `venue "${source}" is not defined under venues`);
  if (moveBps.startsWith('-')) report([...at, 'moveBps'], 'expected a decimal of 0 or more');
}

function refineNames(instrument: InstrumentDefinition, at: Path, report: Report): void {
  const check = (text: string, path: Path): void => {
    if (text === text.trim() && text !== '' && text.length <= NAME_LENGTH_MAX) return;
    report(path, `expected a name of 1 to ${NAME_LENGTH_MAX} characters, without blanks at its ends`);
  };
  // Currency and unit are those of the quote and the base where the file does not give them.
  const { base, quote, currency, sizeUnit } = instrument;
  check(base, [...at, 'base']);
  check(quote, [...at, 'quote']);
  if (currency !== quote) check(currency, [...at, 'currency']);
  if (sizeUnit !== base) check(sizeUnit, [...at, 'sizeUnit']);
  for (const [venue, { symbol, market, tickBands }] of Object.entries(instrument.venues)) {
    const place = [...at, 'venues', venue];
    check(symbol, place);
    if (market !== null) check(market, [...place, 'market']);
    refineBands(tickBands, [...place, 'tickBands'], report);
  }
}

function refineBands(bands: InstrumentDefinition['tickBands'], at: Path, report: Report): void {
  const starts = new Set<string>();
  bands.forEach(({ from }, index) => {
    if (starts.has(from))
      report([...at, index], `expected each band to begin at another price, one begins at ${from}`);
    starts.add(from);
  });
}

function refineBounds(instrument: InstrumentDefinition, at: Path, report: Report): void {
  const { minimumPrice, maximumPrice, negativePrices } = instrument;
  if (maximumPrice === null) return;
  const [lowest, highest] = [
    parse(minimumPrice ?? (negativePrices ? maximumPrice : '0')),
    parse(maximumPrice),
  ];
  if (highest < lowest || (highest <= 0n && !negativePrices))
    report([...at, 'maximumPrice'], `expected a price above ${minimumPrice ?? '0'}: none would be passed on`);
}

function parse(text: string): Fixed {
  return parseFixed(text) as Fixed;
}

function refineCalendar(
  calendar: NonNullable<InstrumentDefinition['calendar']>,
  at: Path,
  report: Report,
): void {
  if (!isZone(calendar.timezone))
    report([...at, 'timezone'], 'expected a time zone such as "America/New_York"');
  calendar.phases.forEach(({ start, end }, index) => {
    checkTime(start, [...at, 'phases', index, 'start'], report);
    checkTime(end, [...at, 'phases', index, 'end'], report);
  });
  calendar.holidays.forEach((date, index) => checkDate(date, [...at, 'holidays', index], report));
  calendar.halfDays.forEach(({ date, close }, index) => {
    checkDate(date, [...at, 'halfDays', index, 'date'], report);
    checkTime(close, [...at, 'halfDays', index, 'close'], report);
  });
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkTime(text: string, at: Path, report: Report): void {
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) && text !== '24:00:00')
    report(at, 'expected a time of day, 00:00:00 to 24:00:00');
}

function checkDate(text: string, at: Path, report: Report): void {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text)
    report(at, 'expected a day that exists');
}
