import {
  AnswerReader,
  barsOf,
  HistoryFailed,
  isObject,
  NotOffered,
  pastBarRecord,
  RestHistory,
  tradeRecord,
  type HistoryOptions,
  type HistoryStep,
  type Listing,
  type ParserContext,
  type RestAnswer,
  type RestVenue,
  type Stretch,
  type Unread,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS, MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import { INTERVAL_CODES, isBarInterval, type BarInterval, type BybitOptions } from './config.ts';
import type { RecentTrade } from './messages.ts';
import { conditionsOf } from './parse.ts';

/** Candles in one answer at most. */
const CANDLES_MAX = 1_000;
/** Trades in one answer at most, which are all that can be had. */
const TRADES_MAX: Readonly<Record<BybitOptions['category'], number>> = { spot: 60, linear: 1_000 };
const BAN_MS = 600_000;
/** https://bybit-exchange.github.io/docs/v5/error (read 2026-07-24). */
const TOO_MANY_VISITS = '{"retCode":10006,';
const TOO_MANY_VISITS_MS = 1_000;
const DIGITS = /^\d{1,16}$/;

const answers = new AnswerReader('bybit');

/**
 * Bybit's past, from REST: candles of any time, and of trades the newest page, which no cursor leads on from
 * (https://bybit-exchange.github.io/docs/v5/market/kline, …/recent-trade). A window without a trade is a flat candle.
 */
export class BybitHistory extends RestHistory {
  constructor(restUrls: readonly string[], { category }: BybitOptions, options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // By address. A tenth is left unused, since going over costs ten minutes; half is kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 5_000, weight: 540, reserveShare: 0.5 }],
      busyMs,
    };
    super(
      venue,
      options,
      (stretch) => {
        const { dataType } = stretch;
        if (dataType === 'trades') return newestTrades(stretch, category);
        if (dataType === 'bars') return candlesFrom(stretch, category);
        throw new NotOffered(`bybit offers no history of ${dataType}`);
      },
      (hole) => {
        if (hole.kind === 'trades') return newestTrades(hole, category);
        if (hole.kind === 'quotes') throw new NotOffered('bybit offers no history of quotes');
        const bars = barsOf(hole);
        return bars === undefined ? undefined : candlesFrom(bars, category);
      },
    );
  }
}

/** Who goes over the limit gets 403 and must wait ten minutes; a service that is asked too much says so in a sound answer. */
function busyMs({ status, text }: Pick<RestAnswer, 'status' | 'text'>): number | undefined {
  if (status === 403) return BAN_MS;
  return text.startsWith(TOO_MANY_VISITS) ? TOO_MANY_VISITS_MS : undefined;
}

function candlesFrom(stretch: Stretch, category: BybitOptions['category']): HistoryStep | undefined {
  const { interval, from } = stretch;
  if (interval === null || !isBarInterval(interval))
    throw new NotOffered(`bybit offers no bars of ${String(interval)}`);
  const length = INTERVALS[interval];
  return candles(stretch, category, interval, Math.ceil(from / length) * length);
}

/** `start` is the start of a window. Both ends are given, since a page that holds only some of the candles between them holds the newest. */
function candles(
  stretch: Stretch,
  category: BybitOptions['category'],
  interval: BarInterval,
  start: Micros,
): HistoryStep | undefined {
  const { context, listing, to } = stretch;
  if (start >= to) return undefined;
  const length = INTERVALS[interval];
  const end = Math.min(start + length * (CANDLES_MAX - 1), Math.ceil(to / length) * length - length);
  return {
    path: '/v5/market/kline',
    query: {
      category,
      symbol: listing.symbol,
      interval: INTERVAL_CODES[interval],
      start: start / MICROS_PER_MS,
      end: end / MICROS_PER_MS,
      limit: CANDLES_MAX,
    },
    read: (text, receiveTime) => ({
      records: readKlines(text, context, listing, interval, receiveTime),
      next: candles(stretch, category, interval, end + length),
    }),
  };
}

function newestTrades(
  { context, listing }: Pick<Stretch, 'context' | 'listing'>,
  category: BybitOptions['category'],
): HistoryStep {
  return {
    path: '/v5/market/recent-trade',
    query: { category, symbol: listing.symbol, limit: TRADES_MAX[category] },
    read: (text, receiveTime) => ({
      records: readRecentTrades(text, context, listing, receiveTime),
      next: undefined,
    }),
  };
}

/** The rows of an answer, oldest first: the venue lists the newest first. */
function rows(text: string): unknown[] {
  const answer = answers.json(text);
  if (!isObject(answer)) throw answers.unreadable('the answer is not an object');
  const { retCode, retMsg, result } = answer;
  if (retCode !== 0)
    throw new HistoryFailed('history-refused', `bybit: ${String(retMsg)} (retCode ${String(retCode)})`);
  const list = isObject(result) ? result['list'] : undefined;
  if (!Array.isArray(list)) throw answers.unreadable('result.list: expected a list');
  return list.toReversed() as unknown[];
}

function milliseconds(value: unknown): Micros {
  if (typeof value !== 'string' || !DIGITS.test(value))
    throw answers.unreadable(`expected milliseconds since 1970 as text, got ${JSON.stringify(value)}`);
  return Number(value) * MICROS_PER_MS;
}

/** An answer of `/v5/market/kline`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readKlines(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return rows(text).map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('result.list: expected lists');
    const [start, open, high, low, close, volume, turnover] = row as unknown[];
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start: milliseconds(start),
      open: answers.decimal(open),
      high: answers.decimal(high),
      low: answers.decimal(low),
      close: answers.decimal(close),
      volume: answers.decimal(volume),
      quoteVolume: answers.decimal(turnover),
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
    });
  });
}

/** An answer of `/v5/market/recent-trade`, in the same form as the live stream's, oldest first. Throws `HistoryFailed`. */
export function readRecentTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text).map((row) => {
    if (!isObject(row)) throw answers.unreadable('result.list: expected objects');
    const { execId: id, side, seq, time, price, size, isBlockTrade, isRPITrade } = row as Unread<RecentTrade>;
    if (typeof id !== 'string' || id === '' || (side !== 'Buy' && side !== 'Sell'))
      throw answers.unreadable('execId, side: expected an id as text and Buy or Sell');
    const trade = tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: milliseconds(time),
      precision: 'MILLISECOND',
      venueSequence: typeof seq === 'string' && DIGITS.test(seq) ? Number(seq) : null,
      idKind: 'OPAQUE',
      firstId: id,
      lastId: id,
      fills: null,
      price: answers.decimal(price),
      size: answers.decimal(size),
      side: side === 'Buy' ? 'BUY' : 'SELL',
    });
    const conditions = conditionsOf(isBlockTrade === true, isRPITrade === true);
    return conditions === undefined ? trade : { ...trade, conditions };
  });
}
