import type { RestAnswer, RestRequest } from '../server/feed.ts';
import { fillFlat } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import {
  bestFields,
  CATEGORIES,
  INTERVALS,
  milliseconds,
  price,
  sequenceAt,
  size,
  tickerFields,
  tradeId,
  turnover,
  type Category,
} from './messages.ts';
import { windowFrom, windowStart } from '../tape/window.ts';

export interface RestContext {
  readonly listings: readonly Listing[];
  readonly listing: (symbol: string) => Listing | undefined;
  /** A book as the stream's snapshot of it. */
  readonly book: (listing: Listing, category: Category, venueNow: number) => string;
  readonly restHorizon: number;
  readonly venueNow: number;
}

/** Trades that can be had: no cursor leads further back. */
const TRADES: Readonly<Record<Category, { readonly usual: number; readonly most: number }>> = {
  spot: { usual: 60, most: 60 },
  linear: { usual: 500, most: 1_000 },
};
const CANDLES = { usual: 200, most: 1_000 } as const;
/** How many windows before a range the price of one without a trade is looked for. */
const LOOK_BACK = 100;

type Handler = (asked: Asked, listing: Listing) => RestAnswer;

interface Asked {
  readonly request: RestRequest;
  readonly context: RestContext;
  readonly category: Category;
}

const BY_SYMBOL: Readonly<Record<string, Handler>> = {
  '/v5/market/kline': klines,
  '/v5/market/recent-trade': recentTrades,
  '/v5/market/orderbook': orderBook,
};

export function answer(request: RestRequest, context: RestContext): RestAnswer {
  const { path, query } = request;
  if (path === '/v5/market/time') return time(context);
  const category = query.get('category') ?? 'linear';
  const isPlayed = CATEGORIES.includes(category as Category);
  const asked: Asked = { request, context, category: category as Category };
  if (path === '/v5/market/instruments-info')
    return result(context, { category, list: isPlayed ? instruments(asked) : [] });
  if (path === '/v5/market/tickers')
    return result(context, { category, list: isPlayed ? tickers(asked) : [] });
  const handler = BY_SYMBOL[path];
  if (handler === undefined) return { status: 404, body: { error: `no such path ${path}` } };
  const listing = isPlayed ? context.listing(query.get('symbol') ?? '') : undefined;
  return listing === undefined ? failure(context, 10_001, 'Not supported symbols') : handler(asked, listing);
}

function result({ venueNow }: RestContext, body: unknown): RestAnswer {
  const envelope = { retCode: 0, retMsg: 'OK', result: body, retExtInfo: {}, time: milliseconds(venueNow) };
  return { status: 200, body: envelope };
}

/** Errors of a request are told with status 200. */
function failure({ venueNow }: RestContext, retCode: number, retMsg: string): RestAnswer {
  return { status: 200, body: { retCode, retMsg, result: {}, retExtInfo: {}, time: milliseconds(venueNow) } };
}

function time(context: RestContext): RestAnswer {
  const timeSecond = String(Math.floor(context.venueNow / 1_000_000));
  return result(context, { timeSecond, timeNano: `${context.venueNow}000` });
}

/** The listings asked for: one symbol, or all. */
function listed({ request, context }: Asked): readonly Listing[] {
  const symbol = request.query.get('symbol');
  return symbol === null ? context.listings : context.listings.filter((one) => one.symbol === symbol);
}

function instruments(asked: Asked): unknown[] {
  const status = asked.request.query.get('status') ?? 'Trading';
  if (status !== 'Trading') return [];
  return listed(asked).map((one) => (asked.category === 'spot' ? spotPair(one) : contract(one)));
}

function spotPair(listing: Listing): unknown {
  const [baseCoin, quoteCoin] = listing.instrument.split('-');
  return {
    symbol: listing.symbol,
    baseCoin,
    quoteCoin,
    innovation: '0',
    status: 'Trading',
    marginTrading: 'utaOnly',
    stTag: '0',
    lotSizeFilter: {
      basePrecision: listing.sizeStep,
      quotePrecision: '0.0000001',
      minOrderQty: listing.sizeStep,
      maxOrderQty: '1000000',
      minOrderAmt: '5',
      maxOrderAmt: '8000000',
    },
    priceFilter: { tickSize: listing.priceTick },
    riskParameters: { priceLimitRatioX: '0.005', priceLimitRatioY: '0.01' },
  };
}

function contract(listing: Listing): unknown {
  const [baseCoin, quoteCoin] = listing.instrument.split('-');
  return {
    symbol: listing.symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin,
    quoteCoin,
    launchTime: '1584230400000',
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(listing.priceGrid.decimals),
    leverageFilter: { minLeverage: '1', maxLeverage: '100.00', leverageStep: '0.01' },
    priceFilter: { minPrice: listing.priceTick, maxPrice: '1999999.80', tickSize: listing.priceTick },
    lotSizeFilter: {
      maxOrderQty: '1500.000',
      minOrderQty: listing.sizeStep,
      qtyStep: listing.sizeStep,
      minNotionalValue: '5',
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    settleCoin: quoteCoin,
  };
}

function tickers(asked: Asked): unknown[] {
  const { context, category } = asked;
  return listed(asked).map((one) => ({
    ...bestFields(one, category),
    ...tickerFields(one, context.venueNow, category),
  }));
}

function limitOf({ request }: Asked, { usual, most }: { usual: number; most: number }): number {
  const limit = Number(request.query.get('limit') ?? usual);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, most) : usual;
}

function micros({ request }: Asked, name: string): number | undefined {
  const value = request.query.get(name);
  return value === null ? undefined : Number(value) * 1_000;
}

/** Newest first. From `start` on where only that is given, else up to `end`. Windows without a trade are flat. */
function klines(asked: Asked, listing: Listing): RestAnswer {
  const { context, category, request } = asked;
  const length = INTERVALS[request.query.get('interval') ?? ''];
  if (length === undefined) return failure(context, 10_001, 'Invalid period!');
  const limit = limitOf(asked, CANDLES);
  const from = micros(asked, 'start');
  const to = Math.min(micros(asked, 'end') ?? Number.POSITIVE_INFINITY, context.venueNow);
  const newest = windowStart(to, length);
  const start = from === undefined ? newest - (limit - 1) * length : windowFrom(from, length);
  const bars = fillFlat(
    listing.bars.range(length, start - LOOK_BACK * length, newest),
    length,
    newest,
  ).filter((bar) => bar.start >= start);
  const page =
    request.query.has('start') && !request.query.has('end') ? bars.slice(0, limit) : bars.slice(-limit);
  const list = page
    .toReversed()
    .map((bar) => [
      String(milliseconds(bar.start)),
      price(listing, bar.open),
      price(listing, bar.high),
      price(listing, bar.low),
      price(listing, bar.close),
      size(listing, bar.volume),
      turnover(listing, bar.notional),
    ]);
  return result(context, { category, symbol: listing.symbol, list });
}

/** Newest first. */
function recentTrades(asked: Asked, listing: Listing): RestAnswer {
  const { context, category } = asked;
  const { trades } = listing;
  const end = Number.isFinite(context.restHorizon) ? trades.firstIdFrom(context.restHorizon) : trades.nextId;
  const fills = trades.range(end - limitOf(asked, TRADES[category]), end);
  const list = fills.toReversed().map((fill) => ({
    execId: tradeId(fill, category),
    symbol: listing.symbol,
    price: price(listing, fill.price, category),
    size: size(listing, fill.size, category),
    side: fill.takerBuys ? 'Buy' : 'Sell',
    time: String(milliseconds(fill.at)),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(sequenceAt(fill.at)),
  }));
  return result(context, { category, list });
}

function orderBook({ context, category, request }: Asked, listing: Listing): RestAnswer {
  const limit = Number(request.query.get('limit') ?? 1);
  const { data, ts, cts } = JSON.parse(context.book(listing, category, context.venueNow)) as {
    data: { s: string; b: unknown[]; a: unknown[]; u: number; seq: number };
    ts: number;
    cts: number;
  };
  return result(context, { ...data, b: data.b.slice(0, limit), a: data.a.slice(0, limit), ts, cts });
}
