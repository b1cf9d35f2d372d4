import {
  AnswerReader,
  barsOf,
  NotOffered,
  pastBarRecord,
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
import { MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import type { BinanceOptions } from './config.ts';

const PAGE = 1_000;

const answers = new AnswerReader('binance');

/**
 * Binance's past, from REST: klines, and trades or aggregate trades by id once their place in time is found
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints).
 */
export class BinanceHistory extends RestHistory {
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
    super(
      venue,
      options,
      (stretch) => {
        const { dataType, interval, from } = stretch;
        if (dataType === 'bars' && interval !== null) return klines(stretch, interval, from);
        if (dataType !== 'trades') throw new NotOffered(`binance has no history of ${dataType}`);
        return own.tradeStream === 'aggTrade' ? aggregatesFrom(stretch) : tradesFrom(stretch);
      },
      (hole) => {
        const { context, listing, kind, ids } = hole;
        const bars = barsOf(hole);
        if (bars !== undefined && bars.interval !== null) return klines(bars, bars.interval, bars.from);
        if (kind === 'quotes') throw new NotOffered('binance has no history of quotes');
        if (ids === null) return undefined;
        const { first, last } = ids;
        const walk = { context, listing, isEnd: (id: number) => last !== null && id >= last };
        return byId(own.tradeStream === 'aggTrade' ? AGGREGATES : TRADES, walk, first);
      },
    );
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
    weight: 2,
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

/** Where trades of one of the two forms are fetched. */
interface TradePages {
  readonly path: string;
  readonly weight: number;
  readonly read: typeof readTrades;
}

const AGGREGATES: TradePages = { path: '/api/v3/aggTrades', weight: 4, read: readAggregateTrades };
const TRADES: TradePages = { path: '/api/v3/historicalTrades', weight: 25, read: readTrades };

/** A way through trades, page after page, until one ends it by its last id or time. */
interface Walk {
  readonly context: ParserContext;
  readonly listing: Listing;
  isEnd(id: number, eventTime: Micros): boolean;
}

function page(pages: TradePages, walk: Walk, where: Readonly<Record<string, number>>): HistoryStep {
  const { path, weight, read } = pages;
  const { context, listing, isEnd } = walk;
  return {
    path,
    weight,
    query: { symbol: listing.symbol, limit: PAGE, ...where },
    read: (text, receiveTime) => {
      const records = read(text, context, listing, receiveTime);
      const last = records.length < PAGE ? undefined : records.at(-1);
      const isOver = last === undefined || isEnd(Number(last.lastId), last.eventTime ?? 0);
      return { records, next: isOver ? undefined : byId(pages, walk, Number(last.lastId) + 1) };
    },
  };
}

/** Paging by id leaves nothing out where many trades share a millisecond. */
function byId(pages: TradePages, walk: Walk, fromId: number): HistoryStep {
  return page(pages, walk, { fromId });
}

function aggregatesFrom({ context, listing, from, to }: Stretch): HistoryStep {
  const walk: Walk = { context, listing, isEnd: (_id, eventTime) => eventTime >= to };
  return page(AGGREGATES, walk, { startTime: milliseconds(from), endTime: milliseconds(to) - 1 });
}

/** Single trades are found by id only: the first aggregate of the stretch tells which is the first. */
function tradesFrom({ context, listing, from, to }: Stretch): HistoryStep {
  const walk: Walk = { context, listing, isEnd: (_id, eventTime) => eventTime >= to };
  return {
    path: AGGREGATES.path,
    weight: AGGREGATES.weight,
    query: {
      symbol: listing.symbol,
      startTime: milliseconds(from),
      endTime: milliseconds(to) - 1,
      limit: 1,
    },
    read: (text) => {
      const [aggregate] = rows(text) as Readonly<Record<string, unknown>>[];
      const next = aggregate === undefined ? undefined : byId(TRADES, walk, whole(aggregate['f']));
      return { records: [], next };
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
    const id = String(whole(trade['id']));
    return tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: whole(trade['time']) * MICROS_PER_MS,
      precision: 'MILLISECOND',
      venueSequence: null,
      idKind: 'TRADE',
      firstId: id,
      lastId: id,
      fills: null,
      price: answers.decimal(trade['price']),
      size: answers.decimal(trade['qty']),
      side: trade['isBuyerMaker'] ? 'SELL' : 'BUY',
    });
  });
}
