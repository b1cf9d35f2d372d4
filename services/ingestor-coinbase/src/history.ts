import {
  AnswerReader,
  barsBySpan,
  isObject,
  NotOffered,
  oldestFirst,
  pastBarRecord,
  pastTradeRecord,
  readRfc3339,
  VenueHistory,
  type BarSpans,
  type HistoryOptions,
  type HistoryStep,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestVenue,
  type Stretch,
  type Unread,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_SECOND, type Interval, type Micros } from '@concord/model';
import type { Candle, MarketTrade } from './messages.ts';
import { TAKER_SIDES } from './parse.ts';

/** Candles, and trades, in one answer at most. */
const PAGE = 350;
const TRADES_PAGE = 1_000;
/** Seconds asked for at first, where nothing says how many hold a page. */
const TRADES_SPAN_S = 60;

const GRANULARITIES: Readonly<Partial<Record<Interval, string>>> = {
  '1m': 'ONE_MINUTE',
  '5m': 'FIVE_MINUTE',
  '15m': 'FIFTEEN_MINUTE',
  '1h': 'ONE_HOUR',
  '1d': 'ONE_DAY',
};

const answers = new AnswerReader('coinbase');

/**
 * Coinbase's past, from REST: candles, of which windows without a trade are absent, and trades by the second, as far back as the venue has them
 * (https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles, …/get-public-market-trades).
 */
export class CoinbaseHistory extends VenueHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    // 10 requests a second.
    const venue: RestVenue = {
      urls: restUrls,
      limits: [{ windowMs: 1_000, weight: 10, reserveShare: 0.3 }],
    };
    const past = {
      bars: (stretch: Stretch, interval: Interval) => {
        const granularity = GRANULARITIES[interval];
        if (granularity === undefined) throw new NotOffered(`coinbase offers no bars of ${interval}`);
        return barsBySpan(candlesOf(granularity), stretch, interval);
      },
      trades: ({ context, listing, from, to }: Stretch) => {
        const walk = { context, listing, endS: ceilSeconds(to), untilId: null };
        return trades(walk, { startS: floorSeconds(from), spanS: TRADES_SPAN_S, afterId: 0 });
      },
      missedTrades,
    };
    super('coinbase', venue, past, options);
  }
}

function floorSeconds(time: Micros): number {
  return Math.floor(time / MICROS_PER_SECOND);
}

function ceilSeconds(time: Micros): number {
  return Math.ceil(time / MICROS_PER_SECOND);
}

function candlesOf(granularity: string): BarSpans {
  return {
    size: PAGE,
    between: ({ symbol }, _interval, first, last) => ({
      path: `/api/v3/brokerage/market/products/${encodeURIComponent(symbol)}/candles`,
      query: {
        start: first / MICROS_PER_SECOND,
        end: last / MICROS_PER_SECOND,
        granularity,
        limit: PAGE,
      },
    }),
    read: readCandles,
  };
}

function tradesPath({ symbol }: Listing): string {
  return `/api/v3/brokerage/market/products/${encodeURIComponent(symbol)}/ticker`;
}

/** A way through trades up to a second, included, and to an id, where one is known at which it ends. */
interface Walk {
  readonly context: ParserContext;
  readonly listing: Listing;
  readonly endS: number;
  readonly untilId: number | null;
}

interface Place {
  readonly startS: number;
  /** Seconds from `startS` to the last one that is asked for; 0 is one second. */
  readonly spanS: number;
  /** The newest id read so far. */
  readonly afterId: number;
}

/**
 * An answer holds the newest trades of its span, so that a full one may hold only a part: it is asked for again with a span that holds less than a page. Spans
 * overlap by a second, since the documentation does not say whether the last is included; ids, which are sequential, tell what was read. Of a single second with
 * more than a page the newest page is all that can be had.
 */
function trades(walk: Walk, { startS, spanS, afterId }: Place): HistoryStep {
  const { context, listing, endS, untilId } = walk;
  const end = Math.min(startS + spanS, endS);
  return {
    path: tradesPath(listing),
    query: { start: startS, end, limit: TRADES_PAGE },
    read: (text, receiveTime) => {
      const page = readTrades(text, context, listing, receiveTime);
      const [oldest] = page;
      if (oldest !== undefined && page.length >= TRADES_PAGE && end > startS) {
        const heldS = end - floorSeconds(oldest.eventTime ?? 0);
        return { records: [], next: trades(walk, { startS, spanS: Math.floor(heldS / 2), afterId }) };
      }
      const records = page.filter(({ lastId }) => Number(lastId) > afterId);
      const newestId = Number(records.at(-1)?.lastId ?? afterId);
      if (end >= endS || (untilId !== null && newestId >= untilId)) return { records, next: undefined };
      const next = {
        startS: end > startS ? end : end + 1,
        spanS: page.length < TRADES_PAGE / 2 ? Math.max(1, spanS) * 2 : spanS,
        afterId: newestId,
      };
      return { records, next: trades(walk, next) };
    },
  };
}

/** There is no paging by id: it begins with the time of the record before the hole. */
function missedTrades({ context, listing, ids, from, before, now }: HoleToRepair): HistoryStep {
  // The venue's clock may be a little ahead of ours.
  const endS = ceilSeconds(before?.eventTime ?? now) + 1;
  if (from === null) return tradesBackwards({ context, listing, endS, untilId: ids?.first ?? null });
  const startS = floorSeconds(from) - 1;
  const walk = { context, listing, endS, untilId: ids?.last ?? null };
  return trades(walk, { startS, spanS: endS - startS, afterId: 0 });
}

/** Where it is not known when the hole began: from its end back to its first id; without one, the newest page. */
function tradesBackwards(walk: Walk): HistoryStep {
  const { context, listing, endS, untilId } = walk;
  return {
    path: tradesPath(listing),
    query: { end: endS, limit: TRADES_PAGE },
    read: (text, receiveTime) => {
      const records = readTrades(text, context, listing, receiveTime);
      const [oldest] = records;
      const isOver = oldest === undefined || untilId === null || Number(oldest.firstId) <= untilId;
      if (isOver) return { records, next: undefined };
      const earlierS = Math.min(floorSeconds(oldest.eventTime ?? 0) + 1, endS - 1);
      return { records, next: tradesBackwards({ ...walk, endS: earlierS }) };
    },
  };
}

/** An answer's trades, oldest first. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  const answer = answers.json(text);
  const list = isObject(answer) ? answer['trades'] : undefined;
  if (!Array.isArray(list)) throw answers.unreadable('trades: expected a list');
  return oldestFirst(list, 'trade_id').map((entry) => {
    const trade = (entry ?? {}) as Unread<MarketTrade>;
    const { trade_id: id } = trade;
    const side = TAKER_SIDES.get(trade.side);
    const eventTime = readRfc3339(trade.time);
    if (typeof id !== 'string' || side === undefined || eventTime === undefined)
      throw answers.unreadable('expected a trade_id, a side and a time');
    return pastTradeRecord(context, listing, id, {
      receiveTime,
      eventTime,
      precision: 'MICROSECOND',
      price: answers.decimal(trade.price),
      size: answers.decimal(trade.size),
      side,
    });
  });
}

/** An answer's candles, oldest first. One is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readCandles(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  const answer = answers.json(text);
  const list = isObject(answer) ? answer['candles'] : undefined;
  if (!Array.isArray(list)) throw answers.unreadable('candles: expected a list');
  const read = list.map((candle: Unread<Candle>) => {
    const start = typeof candle.start === 'string' ? Number(candle.start) * MICROS_PER_SECOND : NaN;
    if (!Number.isSafeInteger(start)) throw answers.unreadable('start: expected seconds since 1970');
    return {
      start,
      open: answers.decimal(candle.open),
      high: answers.decimal(candle.high),
      low: answers.decimal(candle.low),
      close: answers.decimal(candle.close),
      volume: answers.decimal(candle.volume),
    };
  });
  read.sort((a, b) => a.start - b.start);
  return read.map((bar) =>
    pastBarRecord(context, listing, {
      ...bar,
      receiveTime,
      interval,
      quoteVolume: null,
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
    }),
  );
}
