import {
  AnswerReader,
  barsFrom,
  missedById,
  pastBarRecord,
  pastTradeRecord,
  tradesById,
  VenueHistory,
  type BarPages,
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
import type { BinanceOptions } from './config.ts';

const PAGE = 1_000;

const answers = new AnswerReader('binance');

/**
 * Binance's past, from REST: klines, and trades or aggregate trades by id once their place in time is found
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints).
 */
export class BinanceHistory extends VenueHistory {
  constructor(restUrls: readonly string[], own: BinanceOptions, options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // By address and calendar minute; half of it is kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 60_000, weight: 6_000, reserveShare: 0.5 }],
      readUsage: (headers) => {
        const used = Number(headers['x-mbx-used-weight-1m'] ?? NaN);
        return Number.isFinite(used) ? { used, windowMs: 60_000 } : undefined;
      },
    };
    const isAggregate = own.tradeStream === 'aggTrade';
    const past = {
      bars: (stretch: Stretch, interval: Interval) => barsFrom(KLINES, stretch, interval),
      trades: isAggregate ? aggregatesFrom : tradesFrom,
      missedTrades: (hole: HoleToRepair) => missedById(isAggregate ? AGGREGATES : TRADES, hole),
    };
    super('binance', venue, past, options);
  }
}

function milliseconds(time: Micros): number {
  return Math.ceil(time / MICROS_PER_MS);
}

const KLINES: BarPages = {
  size: PAGE,
  from: ({ listing, from, to }, interval) => ({
    path: '/api/v3/klines',
    weight: 2,
    query: { symbol: listing.symbol, interval, ...during(from, to), limit: PAGE },
  }),
  read: readKlines,
};

/** Paging by id leaves nothing out where many trades share a millisecond. */
const AGGREGATES: TradePages = {
  size: PAGE,
  from: (listing, fromId) => aggregates(listing, { fromId, limit: PAGE }),
  read: readAggregateTrades,
};
const TRADES: TradePages = {
  size: PAGE,
  from: ({ symbol }, fromId) => ({
    path: '/api/v3/historicalTrades',
    weight: 25,
    query: { symbol, fromId, limit: PAGE },
  }),
  read: readTrades,
};

function aggregates({ symbol }: Listing, query: Readonly<Record<string, number>>): RestRequest {
  return { path: '/api/v3/aggTrades', weight: 4, query: { symbol, ...query } };
}

function during(from: Micros, to: Micros): { startTime: number; endTime: number } {
  return { startTime: milliseconds(from), endTime: milliseconds(to) - 1 };
}

function aggregatesFrom(stretch: Stretch): HistoryStep {
  const { listing, from, to } = stretch;
  const first = aggregates(listing, { ...during(from, to), limit: PAGE });
  return tradesById(AGGREGATES, stretch, first, { time: to });
}

/** Single trades are found by id only: the first aggregate of the stretch tells which is the first. */
function tradesFrom(stretch: Stretch): HistoryStep {
  const { listing, from, to } = stretch;
  return {
    ...aggregates(listing, { ...during(from, to), limit: 1 }),
    read: (text) => {
      const [aggregate] = rows(text) as Readonly<Record<string, unknown>>[];
      if (aggregate === undefined) return { records: [], next: undefined };
      return { records: [], next: tradesById(TRADES, stretch, whole(aggregate['f']), { time: to }) };
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
    return pastTradeRecord(context, listing, String(whole(trade['a'])), {
      receiveTime,
      eventTime: whole(trade['T']) * MICROS_PER_MS,
      precision: 'MILLISECOND',
      idKind: 'AGGREGATE',
      fills: whole(trade['l']) - whole(trade['f']) + 1,
      price: answers.decimal(trade['p']),
      size: answers.decimal(trade['q']),
      side: trade['m'] ? 'SELL' : 'BUY',
    });
  });
}

/** Rows of `/api/v3/historicalTrades`, in the same form as the live stream's. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text).map((row) => {
    const trade = (row ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof trade['isBuyerMaker'] !== 'boolean')
      throw answers.unreadable('isBuyerMaker: expected true or false');
    return pastTradeRecord(context, listing, String(whole(trade['id'])), {
      receiveTime,
      eventTime: whole(trade['time']) * MICROS_PER_MS,
      precision: 'MILLISECOND',
      price: answers.decimal(trade['price']),
      size: answers.decimal(trade['qty']),
      side: trade['isBuyerMaker'] ? 'SELL' : 'BUY',
    });
  });
}
