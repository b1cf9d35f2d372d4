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
  type Hole,
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
      trades: tradesOf,
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

/** A way through trades up to a second, included. Where ids are looked for, they tell whether it may end, or has to go on to `latestS` and back before its beginning. */
interface Walk {
  readonly context: ParserContext;
  readonly listing: Listing;
  readonly endS: number;
  readonly latestS?: number;
  readonly ids: Hole['ids'];
  /** The beginning of a stretch that the venue has shown nothing older than. */
  readonly unprovenFrom?: Micros;
}

interface Place {
  readonly startS: number;
  /** Seconds from `startS` to the last one that is asked for; 0 is one second. */
  readonly spanS: number;
  /** The newest id read so far. */
  readonly afterId: number;
  /** The oldest trade read so far. */
  readonly oldest: RawTrade | null;
  /** Told at the end: where a later second is cut as well, no time tells from when on all is whole. */
  readonly lacking?: NotOffered | undefined;
}

/** Asks first for one trade from before: where there is none, the venue may not have the beginning any more. */
function tradesOf({ context, listing, from, to }: Stretch): HistoryStep {
  const startS = floorSeconds(from);
  const walk: Walk = { context, listing, endS: ceilSeconds(to), ids: null };
  return {
    path: tradesPath(listing),
    query: { end: Math.max(0, startS - 1), limit: 1 },
    read: (text, receiveTime) => {
      const isProven = readTrades(text, context, listing, receiveTime).some((one) => timeOf(one) < from);
      const place = { startS, spanS: TRADES_SPAN_S, afterId: 0, oldest: null };
      return { records: [], next: trades(isProven ? walk : { ...walk, unprovenFrom: from }, place) };
    },
  };
}

function timeOf({ eventTime }: RawTrade): Micros {
  return eventTime ?? 0;
}

/** `first`: the oldest that was found. Ids are counted from one. */
function beginningLacks({ unprovenFrom }: Walk, first: RawTrade | undefined): boolean {
  if (unprovenFrom === undefined || first === undefined) return false;
  return timeOf(first) >= unprovenFrom && Number(first.firstId) > 1;
}

/** Where nothing at all was found: whether the venue has any trade that it may have had older ones before. */
function newestTrade(walk: Walk): HistoryStep {
  const { context, listing } = walk;
  return {
    path: tradesPath(listing),
    query: { limit: 1 },
    read: (text, receiveTime) => {
      const [newest] = readTrades(text, context, listing, receiveTime);
      const lacking = beginningLacks(walk, newest)
        ? new NotOffered('coinbase has no trades of this stretch')
        : undefined;
      return { records: [], next: undefined, lacking };
    },
  };
}

/**
 * An answer holds the newest trades of its span, so that a full one may hold only a part: it is asked for again with a span that holds less than a page. Spans
 * overlap by a second, since the documentation does not say whether the last is included; ids, which are sequential, tell what was read. Of a single second with
 * more than a page the newest page is all that can be had.
 */
function trades(walk: Walk, place: Place): HistoryStep {
  const { context, listing, endS, ids } = walk;
  const { startS, spanS, afterId } = place;
  const end = Math.min(startS + spanS, endS);
  return {
    path: tradesPath(listing),
    query: { start: startS, end, limit: TRADES_PAGE },
    read: (text, receiveTime) => {
      const page = readTrades(text, context, listing, receiveTime);
      const [first] = page;
      if (first !== undefined && page.length >= TRADES_PAGE && end > startS) {
        const heldS = end - floorSeconds(first.eventTime ?? 0);
        return { records: [], next: trades(walk, { ...place, spanS: Math.floor(heldS / 2) }) };
      }
      const records = page.filter(({ lastId }) => Number(lastId) > afterId);
      const newestId = Number(records.at(-1)?.lastId ?? afterId);
      const oldest = place.oldest ?? first ?? null;
      const isMet = ids === null || (ids.last !== null && newestId >= ids.last);
      const next = {
        startS: end > startS ? end : end + 1,
        spanS: page.length < TRADES_PAGE / 2 ? Math.max(1, spanS) * 2 : spanS,
        afterId: newestId,
        oldest,
      };
      const isOver = end >= endS || (ids !== null && isMet);
      const isCut = ids === null && page.length >= TRADES_PAGE && Number(first?.lastId) > afterId + 1;
      let lacking = place.lacking;
      if (isCut) lacking = new NotOffered(`coinbase gives ${TRADES_PAGE} trades of a second at most`);
      else if (first !== undefined && place.oldest === null && beginningLacks(walk, first))
        lacking = new NotOffered('coinbase has no trades from before its oldest', timeOf(first) + 1);
      if (!isOver) return { records, next: trades(walk, { ...next, lacking }) };
      return { records, next: afterwards(walk, next, isMet), lacking };
    },
  };
}

/** Times may mislead, since the venue's clock may have been elsewhere when it told the trades around a hole: what ids are left is looked for after and before. */
function afterwards({ latestS = 0, ...walk }: Walk, place: Place, isMet: boolean): HistoryStep | undefined {
  const { ids, endS, context, listing } = walk;
  if (!isMet && latestS > endS) return trades({ ...walk, endS: latestS }, place);
  const { oldest } = place;
  if (walk.unprovenFrom !== undefined && oldest === null) return newestTrade(walk);
  if (ids === null || (oldest !== null && Number(oldest.firstId) <= ids.first)) return undefined;
  const lastS = oldest === null ? Math.max(endS, latestS) : floorSeconds(oldest.eventTime ?? 0) + 1;
  return tradesBackwards({ context, listing, endS: lastS, ids });
}

/** There is no paging by id: it begins with the time of the record before the hole. */
function missedTrades({ context, listing, ids, from, before, now }: HoleToRepair): HistoryStep {
  // The venue's clock may be a little ahead of ours.
  const latestS = ceilSeconds(now) + 1;
  const endS = before?.eventTime == null ? latestS : ceilSeconds(before.eventTime) + 1;
  if (from === null) return tradesBackwards({ context, listing, endS, latestS, ids });
  const startS = Math.min(floorSeconds(from), endS) - 1;
  return trades(
    { context, listing, endS, latestS, ids },
    { startS, spanS: endS - startS, afterId: 0, oldest: null },
  );
}

/** From a second, included, back to the first id of a hole; without ids, the newest page. */
function tradesBackwards(walk: Walk): HistoryStep {
  const { context, listing, endS, latestS = 0, ids } = walk;
  return {
    path: tradesPath(listing),
    query: { end: endS, limit: TRADES_PAGE },
    read: (text, receiveTime) => {
      const records = readTrades(text, context, listing, receiveTime);
      const [oldest] = records;
      if (Number(records.at(-1)?.lastId ?? 0) < (ids?.last ?? 0) && latestS > endS)
        return { records: [], next: tradesBackwards({ ...walk, endS: latestS }) };
      const isOver = oldest === undefined || ids === null || Number(oldest.firstId) <= ids.first;
      if (isOver) return { records, next: undefined };
      const earlierS = Math.min(floorSeconds(oldest.eventTime ?? 0) + 1, endS - 1);
      return { records, next: tradesBackwards({ context, listing, endS: earlierS, ids }) };
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
    answers.expectAbout(listing.symbol, trade.product_id);
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
