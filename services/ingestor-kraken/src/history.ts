import {
  AnswerReader,
  HistoryFailed,
  isObject,
  NotOffered,
  parseExactJson,
  pastBarRecord,
  RestHistory,
  tradeRecord,
  type ExactJson,
  type HistoryOptions,
  type HistoryStep,
  type Listing,
  type ParserContext,
  type Stretch,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_SECOND, type Interval, type Micros } from '@concord/model';
import { isBarInterval, minutesOf } from './config.ts';

const TRADES_PAGE = 1_000;

const answers = new AnswerReader('kraken');

/**
 * Kraken's past, from REST: trades from a cursor in nanoseconds, and the last 720 bars of an interval - older ones are not to be had
 * (https://docs.kraken.com/api/docs/rest-api/get-recent-trades, …/get-ohlc-data).
 */
export class KrakenHistory extends RestHistory {
  constructor(restUrl: string, options: HistoryOptions) {
    // About one public request a second for an address.
    super(restUrl, 1_000, options, (stretch) => {
      const { dataType, interval, from } = stretch;
      // Nanoseconds, of which `since` is exclusive.
      if (dataType === 'trades') return trades(stretch, String(BigInt(from) * 1_000n - 1n));
      if (dataType !== 'bars' || interval === null)
        throw new NotOffered(`kraken offers no history of ${dataType}`);
      if (!isBarInterval(interval)) throw new NotOffered(`kraken offers no bars of ${interval}`);
      return bars(stretch, interval);
    });
  }
}

function bars({ context, listing, from }: Stretch, interval: Interval): HistoryStep {
  // `since` is exclusive.
  const since = Math.ceil(from / MICROS_PER_SECOND) - 1;
  return {
    path: '/0/public/OHLC',
    query: { pair: listing.symbol, interval: minutesOf(interval), since },
    read: (text, receiveTime) => ({
      records: readBars(text, context, listing, interval, receiveTime),
      next: undefined,
    }),
  };
}

function trades(stretch: Stretch, since: string): HistoryStep {
  const { context, listing, to } = stretch;
  return {
    path: '/0/public/Trades',
    query: { pair: listing.symbol, since, count: TRADES_PAGE },
    read: (text, receiveTime) => {
      const { trades: records, last } = readTrades(text, context, listing, receiveTime);
      const end = records.at(-1)?.eventTime ?? to;
      const isEnd = records.length < TRADES_PAGE || end >= to || last === since;
      return { records, next: isEnd ? undefined : trades(stretch, last) };
    },
  };
}

/** Seconds with a fraction, exactly; what is finer than a microsecond is cut. */
function micros(value: ExactJson | undefined): Micros {
  return Number(answers.decimal(value) / 1_000_000n);
}

function resultOf(text: string): { rows: readonly ExactJson[]; last: string } {
  const answer = parseExactJson(text);
  if (!isObject(answer)) throw answers.unreadable('the answer is not a JSON object');
  const { error, result } = answer;
  if (Array.isArray(error) && error.length > 0) {
    throw new HistoryFailed(
      'history-refused',
      `kraken: ${error.map((one) => JSON.stringify(one)).join(', ')}`,
    );
  }
  if (!isObject(result)) throw answers.unreadable('result: expected an object');
  const { last, ...pairs } = result;
  const rows = Object.values(pairs)[0];
  if (!Array.isArray(rows)) throw answers.unreadable('result: expected a list of rows');
  return { rows, last: typeof last === 'string' ? last : '' };
}

/** An answer of `/0/public/OHLC`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readBars(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return resultOf(text).rows.map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('expected rows');
    const [time, open, high, low, close, vwap, volume, count] = row;
    const traded = answers.decimal(volume);
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start: micros(time),
      open: answers.decimal(open),
      high: answers.decimal(high),
      low: answers.decimal(low),
      close: answers.decimal(close),
      volume: traded,
      quoteVolume: null,
      vwap: traded === 0n ? null : answers.decimal(vwap),
      tradeCount: Number(count),
      takerBuyVolume: null,
    });
  });
}

/** An answer of `/0/public/Trades`, oldest first, and the cursor for the next. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): { trades: RawTrade[]; last: string } {
  const { rows, last } = resultOf(text);
  const trades = rows.map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('expected rows');
    const [price, size, time, side, , , id] = row;
    if (typeof id !== 'string' || (side !== 'b' && side !== 's'))
      throw answers.unreadable('expected a side and an id');
    return tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: micros(time),
      precision: 'NANOSECOND',
      venueSequence: null,
      idKind: 'TRADE',
      firstId: id,
      lastId: id,
      fills: null,
      price: answers.decimal(price),
      size: answers.decimal(size),
      side: side === 'b' ? 'BUY' : 'SELL',
    });
  });
  return { trades, last };
}
