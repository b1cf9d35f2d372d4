import {
  AnswerReader,
  NotOffered,
  pastBarRecord,
  RestHistory,
  tradeRecord,
  type HistoryOptions,
  type HistoryStep,
  type Listing,
  type ParserContext,
  type Stretch,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import type { BinanceOptions } from './config.ts';

const PAGE = 1_000;

const answers = new AnswerReader('binance');

/**
 * Binance's past, from REST: klines, and aggregate trades by id once their place in time is found
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints).
 */
export class BinanceHistory extends RestHistory {
  constructor(restUrl: string, own: BinanceOptions, options: HistoryOptions) {
    // 6,000 of weight a minute; a page weighs 2 to 4.
    super(restUrl, 50, options, (stretch) => {
      const { dataType, interval, from, to } = stretch;
      if (dataType === 'bars' && interval !== null) return klines(stretch, interval, from);
      if (dataType === 'trades' && own.tradeStream === 'aggTrade') {
        return aggregateTrades(stretch, { startTime: milliseconds(from), endTime: milliseconds(to) - 1 });
      }
      throw new NotOffered(`binance has no history of ${dataType} in the form of its live stream`);
    });
  }
}

function milliseconds(time: Micros): number {
  return Math.ceil(time / MICROS_PER_MS);
}

function klines(stretch: Stretch, interval: Interval, start: Micros): HistoryStep | undefined {
  const { context, listing, to } = stretch;
  if (start >= to) return undefined;
  return {
    path: '/api/v3/klines',
    query: {
      symbol: listing.symbol,
      interval,
      startTime: milliseconds(start),
      endTime: milliseconds(to) - 1,
      limit: PAGE,
    },
    read: (text, receiveTime) => {
      const records = readKlines(text, context, listing, interval, receiveTime);
      const last = records.length < PAGE ? undefined : records.at(-1);
      return { records, next: last === undefined ? undefined : klines(stretch, interval, last.end) };
    },
  };
}

/** `where` is a span of time (ms) or the first id of the page. */
function aggregateTrades(stretch: Stretch, where: Readonly<Record<string, number>>): HistoryStep {
  const { context, listing, to } = stretch;
  return {
    path: '/api/v3/aggTrades',
    query: { symbol: listing.symbol, limit: PAGE, ...where },
    read: (text, receiveTime) => {
      const records = readAggregateTrades(text, context, listing, receiveTime);
      const last = records.length < PAGE ? undefined : records.at(-1);
      const isEnd = last === undefined || (last.eventTime ?? 0) >= to;
      // Paging by id leaves nothing out where many trades share a millisecond.
      return {
        records,
        next: isEnd ? undefined : aggregateTrades(stretch, { fromId: Number(last.lastId) + 1 }),
      };
    },
  };
}

function rows(text: string): readonly unknown[] {
  const answer = answers.json(text);
  if (!Array.isArray(answer)) throw answers.unreadable('expected a list');
  return answer;
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value))
    throw answers.unreadable(`expected a whole number, got ${JSON.stringify(value)}`);
  return value as number;
}

/** Rows of `/api/v3/klines`. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readKlines(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return rows(text).map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('expected a list of lists');
    const [openTime, open, high, low, close, volume, , quoteVolume, trades, takerBuyVolume] =
      row as unknown[];
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start: whole(openTime) * MICROS_PER_MS,
      open: answers.decimal(open),
      high: answers.decimal(high),
      low: answers.decimal(low),
      close: answers.decimal(close),
      volume: answers.decimal(volume),
      quoteVolume: answers.decimal(quoteVolume),
      vwap: null,
      tradeCount: whole(trades),
      takerBuyVolume: answers.decimal(takerBuyVolume),
    });
  });
}

/** Rows of `/api/v3/aggTrades`, in the same form as the live stream's. Throws `HistoryFailed`. */
export function readAggregateTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text).map((row) => {
    const trade = (row ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof trade['m'] !== 'boolean') throw answers.unreadable('m: expected true or false');
    const id = String(whole(trade['a']));
    return tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: whole(trade['T']) * MICROS_PER_MS,
      precision: 'MILLISECOND',
      venueSequence: null,
      idKind: 'AGGREGATE',
      firstId: id,
      lastId: id,
      fills: whole(trade['l']) - whole(trade['f']) + 1,
      price: answers.decimal(trade['p']),
      size: answers.decimal(trade['q']),
      side: trade['m'] ? 'SELL' : 'BUY',
    });
  });
}
