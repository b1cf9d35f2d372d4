import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { refusal, type Refusal } from './frame.ts';
import type { RawRecord } from '../session/stream-state.ts';

function isTime(value: number | null): boolean {
  return value === null || (Number.isSafeInteger(value) && value >= 0);
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
  if (record.fills !== null && record.fills < 1) return 'fills: expected at least 1';
  if ('interval' in record) return barProblem(record);
  return 'bid' in record ? quoteProblem(record) : tradeProblem(record);
}

function tradeProblem(trade: RawTrade): string | undefined {
  return typeof trade.price === 'bigint' && typeof trade.size === 'bigint'
    ? undefined
    : 'price, size: expected fixed-point numbers';
}

function quoteProblem(quote: RawQuote): string | undefined {
  if ((quote.bid === null) !== (quote.bidSize === null)) return 'bid, bidSize: expected both or neither';
  if ((quote.ask === null) !== (quote.askSize === null)) return 'ask, askSize: expected both or neither';
  return undefined;
}

function barProblem(bar: RawBar): string | undefined {
  if (!isTime(bar.start) || bar.end <= bar.start) return 'start, end: expected a window of time';
  if (!Number.isSafeInteger(bar.revision) || bar.revision < 0) return 'revision: expected a whole number';
  return undefined;
}

/**
 * Checks what holds for every record of the common format, whatever the market: times and ordinals are whole, ids come in pairs, sides are whole.
 * Whether a price is right is the validator's question.
 */
export function checkRecord(record: RawRecord): Refusal | undefined {
  const problem = problemOf(record);
  return problem === undefined ? undefined : refusal('invalid-record', problem, record.venueSymbol);
}
