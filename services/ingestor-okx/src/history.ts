import {
  AnswerReader,
  barRecord,
  barsBySpan,
  HistoryFailed,
  isObject,
  missedById,
  NotOffered,
  pastTradeRecord,
  readMilliseconds,
  tradesById,
  VenueHistory,
  type BarSpans,
  type HistoryAnswer,
  type HistoryOptions,
  type HistoryStep,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestRequest,
  type RestVenue,
  type Stretch,
  type TradePages,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import { BAR_NAMES } from './config.ts';

/** What a page of past trades or past candles holds at most. */
const PAGE = 100;

/** The venue's clock may be ahead of ours by less. */
const AHEAD_MS = 60_000;

/** "Too Many Requests", whatever the status. */
const TOO_MANY = /"code"\s*:\s*"50011"/;

const answers = new AnswerReader('okx');

/**
 * OKX's past, from REST: candles of years, trades of three months, each fill by itself. Both come newest first, and `after` is what they are
 * older than (https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades-history, …-get-candlesticks-history).
 */
export class OkxHistory extends VenueHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // By address and path: 20 of the past in two seconds, 40 of the newest candles, which are taken for 20 as well. Half of it is
      // kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 2_000, weight: 20, reserveShare: 0.5 }],
      busyMs: ({ text }) => (TOO_MANY.test(text.slice(0, 200)) ? 2_000 : undefined),
    };
    const past = {
      bars: (stretch: Stretch, interval: Interval) =>
        barsBySpan(interval === '1s' ? SECONDS : CANDLES, stretch, interval),
      trades: tradesFrom,
      missedTrades: (hole: HoleToRepair) => missedById(FILLS, hole),
    };
    super('okx', venue, past, options);
  }
}

function milliseconds(time: Micros): number {
  return Math.ceil(time / MICROS_PER_MS);
}

type List = 'history-candles' | 'candles';

function candles(
  list: List,
  { symbol }: Listing,
  interval: Interval,
  first: Micros,
  last: Micros,
): RestRequest {
  // Both ends are exclusive.
  const ends = { before: milliseconds(first) - 1, after: milliseconds(last) + 1 };
  return {
    path: `/api/v5/market/${list}`,
    query: { instId: symbol, bar: BAR_NAMES[interval], ...ends, limit: PAGE },
  };
}

/** Closed bars of any age. Those that it does not have yet, and the open one, stand in `candles`, which reaches back 1,440 bars and has none of a second. */
const SECONDS: BarSpans = {
  size: PAGE,
  between: (...span) => candles('history-candles', ...span),
  read: readCandles,
};
const CANDLES: BarSpans = { ...SECONDS, newest: (...span) => candles('candles', ...span) };

function trades({ symbol }: Listing, type: 1 | 2, after: number): RestRequest {
  return { path: '/api/v5/market/history-trades', query: { instId: symbol, type, after, limit: PAGE } };
}

/** By what they are older than, here an id. */
const FILLS: TradePages = {
  size: PAGE,
  from: (listing, id) => trades(listing, 1, id + PAGE),
  read: readTrades,
};

/** Pages go backwards only, so the first id of the stretch is looked for, and ids, which are contiguous, are counted up from it. */
function tradesFrom(stretch: Stretch): HistoryStep {
  const { context, listing, from, to } = stretch;
  return {
    ...trades(listing, 2, milliseconds(from)),
    read: (text, receiveTime) => {
      const before = readTrades(text, context, listing, receiveTime).at(-1);
      const next =
        before === undefined
          ? oldestFrom(stretch, { nothingAt: milliseconds(from), at: milliseconds(to) })
          : tradesById(FILLS, stretch, Number(before.lastId) + 1, { time: to });
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

/** Where the venue has nothing from before the stretch: halves it, or the time from its end to now, until the page begins with the oldest that there is. */
function oldestFrom(stretch: Stretch, { nothingAt, somethingAt, at }: Search): HistoryStep {
  const { context, listing, to } = stretch;
  return {
    ...trades(listing, 2, at),
    read: (text, receiveTime) => {
      const page = readTrades(text, context, listing, receiveTime);
      const [oldest] = page;
      if (oldest !== undefined && (page.length < PAGE || at - nothingAt <= 1))
        return fromOldest(stretch, oldest);
      const low = oldest === undefined ? at : nothingAt;
      const high = oldest === undefined ? somethingAt : at;
      if (high === undefined) {
        const now = milliseconds(receiveTime) + AHEAD_MS;
        const isPast = at <= milliseconds(to) && at < now;
        return { records: [], next: isPast ? oldestFrom(stretch, { nothingAt: at, at: now }) : undefined };
      }
      const middle = Math.max(low + 1, Math.floor((low + high) / 2));
      return { records: [], next: oldestFrom(stretch, { nothingAt: low, somethingAt: high, at: middle }) };
    },
  };
}

/** The venue keeps three months: only where its oldest trade is the first of all is nothing lacking before. */
function fromOldest(stretch: Stretch, { lastId, eventTime }: RawTrade): HistoryAnswer {
  const { to } = stretch;
  const [id, at] = [Number(lastId), eventTime ?? to];
  return {
    records: [],
    next: at < to ? tradesById(FILLS, stretch, id, { time: to }) : undefined,
    // Of its own millisecond the oldest may be what is left.
    lacking:
      id > 1 ? new NotOffered('okx has no trades from before its oldest', at + MICROS_PER_MS) : undefined,
  };
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
      const { instId, tradeId: id, side, ts, px, sz } = row;
      answers.expectAbout(listing.symbol, instId);
      if (typeof id !== 'string' || !/^\d{1,15}$/.test(id) || (side !== 'buy' && side !== 'sell'))
        throw answers.unreadable('expected an id and a side');
      return pastTradeRecord(context, listing, id, {
        receiveTime,
        eventTime: time(ts),
        precision: 'MILLISECOND',
        price: answers.decimal(px),
        size: answers.decimal(sz),
        side: side === 'buy' ? 'BUY' : 'SELL',
      });
    });
}
