import type { IdKind, RawBar, RawQuote, RawTrade } from '@concord/codec';
import { MAX_UNSCALED, type Fixed } from '@concord/model';
import { refusal, type Refusal } from './frame.ts';
import type { RawRecord } from '../session/stream-state.ts';

function isTime(value: number | null): boolean {
  return value === null || (Number.isSafeInteger(value) && value >= 0);
}

/** Kinds of ids that are counted: what is no exact number here would have the distance between two of them wrong. */
const COUNTED: ReadonlySet<string> = new Set<IdKind>(['TRADE', 'AGGREGATE']);

function isCount(id: string | null): boolean {
  return id !== null && /^\d{1,16}$/.test(id) && Number.isSafeInteger(Number(id));
}

/** Whether Avro's `int` holds it. */
function isInt(value: number): boolean {
  return (value | 0) === value;
}

/** Whether the schema's decimal holds it. */
function isDecimal(value: Fixed): boolean {
  return typeof value === 'bigint' && value <= MAX_UNSCALED && value >= -MAX_UNSCALED;
}

function isNoneOrDecimal(value: Fixed | null): boolean {
  return value === null || isDecimal(value);
}

function problemOf(record: RawRecord): string | undefined {
  if (record.instrument === '' || record.source === '' || record.session === '')
    return 'names must not be empty';
  if (!isTime(record.eventTime)) return 'eventTime: expected whole microseconds since 1970';
  if (!isTime(record.receiveTime)) return 'receiveTime: expected whole microseconds since 1970';
  if ((record.eventTime === null) !== (record.eventTimePrecision === null)) {
    return 'eventTimePrecision: expected with eventTime and only with it';
  }
  if (!Number.isSafeInteger(record.ordinal) || record.ordinal < 0) return 'ordinal: expected a whole number';
  if (
    (record.idKind === 'NONE') !== (record.firstId === null) ||
    (record.firstId === null) !== (record.lastId === null)
  ) {
    return 'firstId, lastId: expected both, or neither with idKind NONE';
  }
  if (COUNTED.has(record.idKind) && !(isCount(record.firstId) && isCount(record.lastId)))
    return `firstId, lastId: expected whole numbers below 2^53 with idKind ${record.idKind}`;
  if (record.fills !== null && !(record.fills >= 1 && isInt(record.fills)))
    return 'fills: expected a whole number of at least 1 and at most 2^31 - 1';
  if (record.venueSequence !== null && !Number.isSafeInteger(record.venueSequence))
    return 'venueSequence: expected a whole number within 2^53';
  if ('interval' in record) return barProblem(record);
  return 'bid' in record ? quoteProblem(record) : tradeProblem(record);
}

function tradeProblem(trade: RawTrade): string | undefined {
  return isDecimal(trade.price) && isDecimal(trade.size)
    ? undefined
    : 'price, size: expected fixed-point numbers of at most 38 digits';
}

function quoteProblem(quote: RawQuote): string | undefined {
  if ((quote.bid === null) !== (quote.bidSize === null)) return 'bid, bidSize: expected both or neither';
  if ((quote.ask === null) !== (quote.askSize === null)) return 'ask, askSize: expected both or neither';
  const sides = [quote.bid, quote.bidSize, quote.ask, quote.askSize];
  return sides.every(isNoneOrDecimal)
    ? undefined
    : 'bid, ask, their sizes: expected fixed-point numbers of at most 38 digits';
}

function barProblem(bar: RawBar): string | undefined {
  if (!isTime(bar.start) || !isTime(bar.end) || bar.end <= bar.start)
    return 'start, end: expected a window of time';
  if (!isInt(bar.revision) || bar.revision < 0) return 'revision: expected a whole number below 2^31';
  if (bar.tradeCount !== null && !Number.isSafeInteger(bar.tradeCount))
    return 'tradeCount: expected a whole number within 2^53';
  if (![bar.open, bar.high, bar.low, bar.close].every(isDecimal))
    return 'open, high, low, close: expected fixed-point numbers of at most 38 digits';
  return [bar.volume, bar.quoteVolume, bar.vwap, bar.takerBuyVolume].every(isNoneOrDecimal)
    ? undefined
    : 'volumes, vwap: expected fixed-point numbers of at most 38 digits';
}

/**
 * Checks what holds for every record of the common format, whatever the market: times and ordinals are whole, ids come in pairs and are numbers where they count, sides are whole,
 * and each number fits the schema.
 * Whether a price is right is the validator's question.
 */
export function checkRecord(record: RawRecord): Refusal | undefined {
  const problem = problemOf(record);
  return problem === undefined ? undefined : refusal('invalid-record', problem, record.venueSymbol);
}
