import {
  AnswerReader,
  barRecord,
  barsOf,
  HistoryFailed,
  isObject,
  NotOffered,
  readMilliseconds,
  RestHistory,
  tradeRecord,
  type HistoryOptions,
  type HistoryStep,
  type Listing,
  type ParserContext,
  type RestVenue,
  type Stretch,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS, MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import { BAR_NAMES } from './config.ts';

/** What a page of past trades or past candles holds at most. */
const PAGE = 100;

/** "Too Many Requests", whatever the status. */
const TOO_MANY = /"code"\s*:\s*"50011"/;

const answers = new AnswerReader('okx');

/**
 * OKX's past, from REST: candles of years, trades of three months, each fill by itself. Both come newest first, and `after` is what they are
 * older than (https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades-history, …-get-candlesticks-history).
 */
export class OkxHistory extends RestHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // By address and path: 20 of the past in two seconds, 40 of the newest candles, which are taken for 20 as well. Half of it is
      // kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 2_000, weight: 20, reserveShare: 0.5 }],
      busyMs: ({ text }) => (TOO_MANY.test(text.slice(0, 200)) ? 2_000 : undefined),
    };
    super(
      venue,
      options,
      (stretch) => {
        const { dataType, interval, from } = stretch;
        if (dataType === 'trades') return tradesFrom(stretch);
        if (dataType === 'bars' && interval !== null) return bars(stretch, interval, from, 'history-candles');
        throw new NotOffered(`okx has no history of ${dataType}`);
      },
      (hole) => {
        const { context, listing, kind, ids } = hole;
        const stretch = barsOf(hole);
        if (stretch !== undefined && stretch.interval !== null)
          return bars(stretch, stretch.interval, stretch.from, 'history-candles');
        if (kind === 'quotes') throw new NotOffered('okx has no history of quotes');
        if (ids === null) return undefined;
        const { first, last } = ids;
        return byId(context, listing, first, (trade) => last !== null && idOf(trade) >= last);
      },
    );
  }
}

function milliseconds(time: Micros): number {
  return Math.ceil(time / MICROS_PER_MS);
}

type Candles = 'history-candles' | 'candles';

/**
 * One window of the stretch after the other, of as many bars as a page holds. Closed bars of any age stand in `history-candles`; those that it does not
 * have yet, and the open one, in `candles`, which reaches back 1,440 bars and has none of a second.
 */
function bars(stretch: Stretch, interval: Interval, start: Micros, where: Candles): HistoryStep | undefined {
  const { context, listing, to } = stretch;
  if (start >= to) return undefined;
  const length = INTERVALS[interval];
  const end = Math.min(to, (Math.floor(start / length) + PAGE) * length);
  return {
    path: `/api/v5/market/${where}`,
    query: {
      instId: listing.symbol,
      bar: BAR_NAMES[interval],
      // Both are exclusive.
      before: milliseconds(start) - 1,
      after: milliseconds(end),
      limit: PAGE,
    },
    read: (text, receiveTime) => {
      const records = readCandles(text, context, listing, interval, receiveTime);
      const reached = Math.max(start, ...records.map((bar) => bar.end));
      const isWhole = reached >= end || where === 'candles' || interval === '1s';
      return {
        records,
        next: isWhole
          ? bars(stretch, interval, Math.max(reached, end), 'history-candles')
          : bars(stretch, interval, reached, 'candles'),
      };
    },
  };
}

/** Pages go backwards only, so the first id of the stretch is looked for, and ids, which are contiguous, are counted up from it. */
function tradesFrom(stretch: Stretch): HistoryStep {
  const { context, listing, from, to } = stretch;
  return {
    path: '/api/v5/market/history-trades',
    query: { instId: listing.symbol, type: 2, after: milliseconds(from), limit: PAGE },
    read: (text, receiveTime) => {
      const before = readTrades(text, context, listing, receiveTime).at(-1);
      const next =
        before === undefined
          ? oldestFrom(stretch, { nothingAt: milliseconds(from), at: milliseconds(to) })
          : byId(context, listing, idOf(before) + 1, (last) => isPast(last, to));
      return { records: [], next };
    },
  };
}

/** Instants of the search for the venue's oldest trade, in milliseconds: before one there is nothing, before the other something. */
interface Search {
  readonly nothingAt: number;
  readonly somethingAt?: number;
  readonly at: number;
}

/** Where the venue has nothing from before the stretch: halves it until the page begins with the oldest that there is. */
function oldestFrom(stretch: Stretch, { nothingAt, somethingAt, at }: Search): HistoryStep {
  const { context, listing, to } = stretch;
  return {
    path: '/api/v5/market/history-trades',
    query: { instId: listing.symbol, type: 2, after: at, limit: PAGE },
    read: (text, receiveTime) => {
      const page = readTrades(text, context, listing, receiveTime);
      const [oldest] = page;
      if (oldest !== undefined && (page.length < PAGE || at - nothingAt <= 1))
        return { records: [], next: byId(context, listing, idOf(oldest), (last) => isPast(last, to)) };
      const low = oldest === undefined ? at : nothingAt;
      const high = oldest === undefined ? somethingAt : at;
      if (high === undefined) return { records: [], next: undefined };
      const middle = Math.max(low + 1, Math.floor((low + high) / 2));
      return { records: [], next: oldestFrom(stretch, { nothingAt: low, somethingAt: high, at: middle }) };
    },
  };
}

/** The fills with ids from `first` on, until the newest or until `isEnough` says so of a page's last. */
function byId(
  context: ParserContext,
  listing: Listing,
  first: number,
  isEnough: (last: RawTrade) => boolean,
): HistoryStep {
  const after = first + PAGE;
  return {
    path: '/api/v5/market/history-trades',
    query: { instId: listing.symbol, type: 1, after, limit: PAGE },
    read: (text, receiveTime) => {
      // A page that does not reach its end is filled up with older ones.
      const records = readTrades(text, context, listing, receiveTime).filter((trade) => idOf(trade) >= first);
      const last = records.at(-1);
      const isEnd = last === undefined || idOf(last) < after - 1 || isEnough(last);
      return { records, next: isEnd ? undefined : byId(context, listing, after, isEnough) };
    },
  };
}

function idOf(trade: RawTrade): number {
  return Number(trade.lastId);
}

function isPast(trade: RawTrade, to: Micros): boolean {
  return (trade.eventTime ?? 0) >= to;
}

/** Rows as they came, newest first. */
function rowsOf(text: string): readonly unknown[] {
  const answer = answers.json(text);
  if (!isObject(answer)) throw answers.unreadable('the answer is not a JSON object');
  const { code, msg, data } = answer;
  if (code !== '0')
    throw new HistoryFailed('history-refused', `okx: ${JSON.stringify(code)} ${JSON.stringify(msg)}`);
  if (!Array.isArray(data)) throw answers.unreadable('data: expected a list');
  return data;
}

function time(value: unknown): Micros {
  const micros = readMilliseconds(value);
  if (micros === undefined)
    throw answers.unreadable(`expected milliseconds as text, got ${JSON.stringify(value)}`);
  return micros;
}

/** An answer of `/api/v5/market/candles` or `…/history-candles`, oldest first. Throws `HistoryFailed`. */
export function readCandles(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return rowsOf(text)
    .toReversed()
    .map((row) => {
      if (!Array.isArray(row)) throw answers.unreadable('expected a list of lists');
      const [start, open, high, low, close, volume, , quoteVolume, confirm] = row as unknown[];
      if (confirm !== '0' && confirm !== '1') throw answers.unreadable('confirm: expected "0" or "1"');
      return barRecord(context, listing, {
        receiveTime,
        origin: 'BACKFILL',
        eventTime: null,
        precision: null,
        venueSequence: null,
        interval,
        start: time(start),
        open: answers.decimal(open),
        high: answers.decimal(high),
        low: answers.decimal(low),
        close: answers.decimal(close),
        volume: answers.decimal(volume),
        quoteVolume: answers.decimal(quoteVolume),
        vwap: null,
        tradeCount: null,
        takerBuyVolume: null,
        final: confirm === '1',
        revision: 0,
      });
    });
}

/** An answer of `/api/v5/market/history-trades` or `…/trades`, oldest first. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rowsOf(text)
    .toReversed()
    .map((row) => {
      if (!isObject(row)) throw answers.unreadable('expected a list of objects');
      const { tradeId: id, side, ts, px, sz } = row;
      if (typeof id !== 'string' || !/^\d{1,15}$/.test(id) || (side !== 'buy' && side !== 'sell'))
        throw answers.unreadable('expected an id and a side');
      return tradeRecord(context, listing, {
        receiveTime,
        origin: 'BACKFILL',
        eventTime: time(ts),
        precision: 'MILLISECOND',
        venueSequence: null,
        idKind: 'TRADE',
        firstId: id,
        lastId: id,
        fills: null,
        price: answers.decimal(px),
        size: answers.decimal(sz),
        side: side === 'buy' ? 'BUY' : 'SELL',
      });
    });
}
