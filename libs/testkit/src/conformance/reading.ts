import type { Origin, Side, TimePrecision } from '@concord/codec';
import {
  formatFixed,
  formatMicros,
  parseRfc3339,
  type Interval,
  type Kind,
  type Micros,
} from '@concord/model';
import { dec } from '../records.ts';
import type { KindRecord } from './play.ts';

/** What a person reads from a frame or a row, as the venue documents it. What is left out must not be told: null, none, false. */
interface CommonReading {
  /** As the venue writes it. */
  readonly symbol: string;
  /** As the venue numbers it, two where it covers an interval; null where it has none. */
  readonly id: string | readonly [first: string, last: string] | null;
  /** Of the event, RFC 3339 in UTC with as many places as the venue tells: none, 3, 6 or 9; null where it tells none. */
  readonly time: string | null;
  /** Default LIVE, and BACKFILL in a past. */
  readonly origin?: Origin;
  readonly venueSequence?: number;
  readonly conditions?: readonly string[];
  readonly sampled?: boolean;
  readonly delayed?: boolean;
}

/** Numbers are decimals as text. */
export interface TradeReading extends CommonReading {
  readonly kind: 'trades';
  readonly price: string;
  readonly size: string;
  /** Of the taker; null where the venue does not say. */
  readonly side: Side | null;
  readonly fills?: number;
}

export interface QuoteReading extends CommonReading {
  readonly kind: 'quotes';
  readonly bid: string | null;
  readonly bidSize: string | null;
  readonly ask: string | null;
  readonly askSize: string | null;
}

export interface BarReading extends CommonReading {
  readonly kind: 'bars';
  readonly interval: Interval;
  /** RFC 3339 in UTC. */
  readonly start: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string | null;
  readonly final: boolean;
  readonly quoteVolume?: string;
  readonly vwap?: string;
  readonly tradeCount?: number;
  readonly takerBuyVolume?: string;
}

export type Reading = TradeReading | QuoteReading | BarReading;

const COMMON = ['symbol', 'id', 'time'];
const OWN: Readonly<Record<Kind, readonly string[]>> = {
  trades: ['price', 'size', 'side'],
  quotes: ['bid', 'bidSize', 'ask', 'askSize'],
  bars: ['interval', 'start', 'open', 'high', 'low', 'close', 'volume', 'final'],
};

/** Numbers that could be taken for each other. */
const NUMBERS: Readonly<Record<Kind, readonly string[]>> = {
  trades: ['price', 'size'],
  quotes: ['bid', 'bidSize', 'ask', 'askSize'],
  bars: ['open', 'high', 'low', 'close', 'volume', 'quoteVolume', 'vwap', 'takerBuyVolume'],
};

/** Names of what a reading must state and does not; a null is a statement. */
export function unstated(reading: Reading): string[] {
  const fields: Readonly<Record<string, unknown>> = { ...reading };
  const own = OWN[reading.kind] as readonly string[] | undefined;
  return own === undefined ? ['kind'] : [...COMMON, ...own].filter((name) => fields[name] === undefined);
}

/** What readings of one type cannot tell apart: empty where a swapped side or number would show in them. */
export function indistinct(readings: readonly Reading[]): string[] {
  const [first] = readings;
  if (first === undefined) return ['no record is stated'];
  const sides = new Set(readings.flatMap((one) => (one.kind === 'trades' ? [one.side] : [])));
  const isOneSided = sides.size === 1 && !sides.has(null);
  const isClear = readings.some((one) => {
    const fields: Readonly<Record<string, unknown>> = { ...one };
    const texts = NUMBERS[one.kind].flatMap((name) =>
      typeof fields[name] === 'string' ? [fields[name]] : [],
    );
    return new Set(texts.map(dec)).size === texts.length;
  });
  return [
    ...(isOneSided ? [`every trade is a ${[...sides].join()}: state one of the other side too`] : []),
    ...(isClear
      ? []
      : [`two of ${NUMBERS[first.kind].join(', ')} are alike in each record: state one where all differ`]),
  ];
}

/** Fields of a record as text, the same for what was stated and what was told. */
export type Told = Readonly<Record<string, unknown>>;

function decimal(text: string | null | undefined): string | null {
  return text == null ? null : formatFixed(dec(text));
}

function time(text: string | null): string | null {
  const micros = text === null ? null : parseRfc3339(text);
  if (micros === undefined) throw new RangeError(`"${text}" is no time: expected RFC 3339`);
  return micros === null ? null : formatMicros(micros);
}

const PRECISIONS: Readonly<Record<number, TimePrecision>> = {
  0: 'SECOND',
  3: 'MILLISECOND',
  6: 'MICROSECOND',
  9: 'NANOSECOND',
};

/** How exact a time is that was written with all of the venue's places. */
function precision(text: string | null): TimePrecision | null {
  if (text === null) return null;
  const places = /\.(\d+)Z$/.exec(text)?.[1]?.length ?? 0;
  const found = PRECISIONS[places];
  if (found === undefined) throw new RangeError(`"${text}" has ${places} places: expected none, 3, 6 or 9`);
  return found;
}

function numbersStated(reading: Reading): Told {
  const fields: Readonly<Record<string, unknown>> = { ...reading };
  return Object.fromEntries(
    NUMBERS[reading.kind].map((name) => [name, decimal(fields[name] as string | null | undefined)]),
  );
}

/** A reading in the form of `toldBy`. */
export function statedBy(reading: Reading, origin: Origin = 'LIVE'): Told {
  const { kind, symbol, id } = reading;
  return {
    kind,
    symbol,
    ids: id === null ? null : typeof id === 'string' ? [id, id] : [...id],
    time: time(reading.time),
    precision: precision(reading.time),
    origin: reading.origin ?? origin,
    venueSequence: reading.venueSequence ?? null,
    conditions: [...(reading.conditions ?? [])],
    sampled: reading.sampled ?? false,
    delayed: reading.delayed ?? false,
    ...numbersStated(reading),
    ...(kind === 'trades' ? { side: reading.side, fills: reading.fills ?? null } : {}),
    ...(kind === 'bars'
      ? {
          interval: reading.interval,
          start: time(reading.start),
          final: reading.final,
          tradeCount: reading.tradeCount ?? null,
        }
      : {}),
  };
}

function toldTime(micros: Micros | null): string | null {
  // What is no time is shown as it is.
  return micros === null ? null : Number.isSafeInteger(micros) ? formatMicros(micros) : String(micros);
}

/** What a record tells, as far as a person can read it from the venue's text. */
export function toldBy({ kind, record }: KindRecord): Told {
  const fields: Readonly<Record<string, unknown>> = { ...record };
  const numbers = NUMBERS[kind].map((name): [string, unknown] => {
    const value = fields[name];
    return [name, typeof value === 'bigint' ? formatFixed(value) : value];
  });
  return {
    kind,
    symbol: record.venueSymbol,
    ids: record.firstId === null ? null : [record.firstId, record.lastId],
    time: toldTime(record.eventTime),
    precision: record.eventTimePrecision,
    origin: record.origin,
    venueSequence: record.venueSequence,
    conditions: [...record.conditions],
    sampled: record.sampled,
    delayed: record.delayed,
    ...Object.fromEntries(numbers),
    ...(kind === 'trades' ? { side: record.side, fills: record.fills } : {}),
    ...(kind === 'bars'
      ? {
          interval: record.interval,
          start: toldTime(record.start),
          final: record.final,
          tradeCount: record.tradeCount,
        }
      : {}),
  };
}
