import {
  AnswerReader,
  isObject,
  NotOffered,
  pastBarRecord,
  RestHistory,
  type HistoryOptions,
  type HistoryStep,
  type Listing,
  type ParserContext,
  type Stretch,
  type Unread,
} from '@concord/sources';
import type { RawBar } from '@concord/codec';
import { INTERVALS, MICROS_PER_SECOND, type Interval, type Micros } from '@concord/model';
import type { Candle } from './messages.ts';

/** Candles in one answer at most. */
const PAGE = 350;

const GRANULARITIES: Readonly<Partial<Record<Interval, string>>> = {
  '1m': 'ONE_MINUTE',
  '5m': 'FIVE_MINUTE',
  '15m': 'FIFTEEN_MINUTE',
  '1h': 'ONE_HOUR',
  '1d': 'ONE_DAY',
};

const answers = new AnswerReader('coinbase');

/**
 * Coinbase's past candles, from REST
 * (https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles). Windows without a trade are absent.
 */
export class CoinbaseHistory extends RestHistory {
  constructor(restUrl: string, options: HistoryOptions) {
    // 10 requests a second.
    super(restUrl, 125, options, (stretch) => {
      const { dataType, interval, from } = stretch;
      if (dataType !== 'bars' || interval === null)
        throw new NotOffered(`coinbase offers no history of ${dataType}`);
      const granularity = GRANULARITIES[interval];
      if (granularity === undefined) throw new NotOffered(`coinbase offers no bars of ${interval}`);
      const length = INTERVALS[interval];
      return candles(stretch, interval, granularity, Math.ceil(from / length) * length);
    });
  }
}

/** `start` is the start of a window. */
function candles(
  stretch: Stretch,
  interval: Interval,
  granularity: string,
  start: Micros,
): HistoryStep | undefined {
  const { context, listing, to } = stretch;
  if (start >= to) return undefined;
  const length = INTERVALS[interval];
  const end = Math.min(start + length * (PAGE - 1), Math.ceil(to / length) * length - length);
  return {
    path: `/api/v3/brokerage/market/products/${encodeURIComponent(listing.symbol)}/candles`,
    query: { start: start / MICROS_PER_SECOND, end: end / MICROS_PER_SECOND, granularity, limit: PAGE },
    read: (text, receiveTime) => {
      const page = readCandles(text, context, listing, interval, receiveTime);
      return {
        records: page.filter((bar) => bar.start >= start && bar.start <= end),
        next: candles(stretch, interval, granularity, start + length * PAGE),
      };
    },
  };
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
