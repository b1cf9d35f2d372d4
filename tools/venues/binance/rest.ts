import type { RestRequest } from '../server/feed.ts';
import { fillFlat, type Bar } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import type { Aggregate, AggregateRing } from './aggregate-ring.ts';
import { averagePrice, INTERVALS, notional, price, size } from './messages.ts';
import { windowFrom, windowStart } from '../tape/window.ts';

export interface RestContext {
  readonly listings: readonly Listing[];
  readonly listing: (symbol: string) => Listing | undefined;
  readonly aggregates: (listing: Listing) => AggregateRing | undefined;
  readonly venueNow: number;
  /** Trades from this time on are not shown yet. */
  readonly horizon: number;
}

export interface WeighedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly weight: number;
}

type Handler = (request: RestRequest, context: RestContext, listing: Listing) => WeighedAnswer;

const UNKNOWN_SYMBOL: WeighedAnswer = {
  status: 400,
  body: { code: -1121, msg: 'Invalid symbol.' },
  weight: 1,
};
const HOUR = 3_600_000_000;

/** Paths that need a symbol. */
const BY_SYMBOL: Readonly<Record<string, Handler>> = {
  '/api/v3/klines': klines,
  '/api/v3/uiKlines': klines,
  '/api/v3/aggTrades': aggTrades,
  '/api/v3/trades': recentTrades,
  '/api/v3/historicalTrades': historicalTrades,
  '/api/v3/depth': depth,
};

export function answer(request: RestRequest, context: RestContext): WeighedAnswer {
  const handler = BY_SYMBOL[request.path];
  if (handler !== undefined) {
    const symbol = request.query.get('symbol');
    if (symbol === null) return missing('symbol');
    const listing = context.listing(symbol);
    return listing === undefined ? UNKNOWN_SYMBOL : handler(request, context, listing);
  }
  switch (request.path) {
    case '/api/v3/ping':
      return ok({}, 1);
    case '/api/v3/time':
      return ok({ serverTime: Math.floor(context.venueNow / 1_000) }, 1);
    case '/api/v3/exchangeInfo':
      return exchangeInfo(request, context);
    // Clients that know Binance's derivatives ask for their markets too: there are none.
    case '/fapi/v1/exchangeInfo':
    case '/dapi/v1/exchangeInfo':
    case '/eapi/v1/exchangeInfo':
      return ok(
        {
          timezone: 'UTC',
          serverTime: Math.floor(context.venueNow / 1_000),
          rateLimits: [],
          assets: [],
          symbols: [],
        },
        1,
      );
    case '/api/v3/ticker/24hr':
      return each(request, context, day, 2, dayWeight(symbolsAsked(request)?.length));
    case '/api/v3/ticker/price':
      return each(
        request,
        context,
        (one) => ({ symbol: one.symbol, price: price(one, one.lastPrice) }),
        2,
        4,
      );
    case '/api/v3/ticker/bookTicker':
      return each(request, context, bookTicker, 2, 4);
    default:
      return { status: 404, body: { code: -1000, msg: `Path ${request.path} not found` }, weight: 1 };
  }
}

function ok(body: unknown, weight: number): WeighedAnswer {
  return { status: 200, body, weight };
}

function missing(parameter: string): WeighedAnswer {
  const msg = `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`;
  return { status: 400, body: { code: -1102, msg }, weight: 1 };
}

function limitOf(request: RestRequest, fallback: number, most: number): number {
  const limit = Number(request.query.get('limit') ?? fallback);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, most) : fallback;
}

function micros(request: RestRequest, name: string): number | undefined {
  const value = request.query.get(name);
  return value === null ? undefined : Number(value) * 1_000;
}

function klines(request: RestRequest, context: RestContext, listing: Listing): WeighedAnswer {
  const interval = request.query.get('interval');
  if (interval === null) return missing('interval');
  const length = INTERVALS[interval];
  if (length === undefined)
    return { status: 400, body: { code: -1120, msg: 'Invalid interval.' }, weight: 1 };
  const limit = limitOf(request, 500, 1_000);
  const end = Math.min(micros(request, 'endTime') ?? context.venueNow, context.venueNow);
  const asked = micros(request, 'startTime');
  const start =
    asked === undefined ? windowStart(end, length) - (limit - 1) * length : windowFrom(asked, length);
  // One window more in front gives the price for flat windows at the beginning.
  const bars = fillFlat(listing.bars.range(length, start - 100 * length, end), length, end).filter(
    (bar) => bar.start >= start,
  );
  return ok(
    bars.slice(0, limit).map((bar) => klineRow(listing, bar, length)),
    2,
  );
}

function klineRow(listing: Listing, bar: Bar, length: number): unknown[] {
  return [
    bar.start / 1_000,
    price(listing, bar.open),
    price(listing, bar.high),
    price(listing, bar.low),
    price(listing, bar.close),
    size(listing, bar.volume),
    (bar.start + length) / 1_000 - 1,
    notional(listing, bar.notional),
    bar.trades,
    size(listing, bar.takerBuyVolume),
    notional(listing, bar.takerBuyNotional),
    '0',
  ];
}

function aggTrades(request: RestRequest, context: RestContext, listing: Listing): WeighedAnswer {
  const ring = context.aggregates(listing);
  const limit = limitOf(request, 500, 1_000);
  const fromId = request.query.get('fromId');
  const start = micros(request, 'startTime');
  const end = micros(request, 'endTime');
  let found: Aggregate[] = [];
  if (ring !== undefined) {
    const shown = ring.firstIdFrom(context.horizon);
    if (fromId !== null) {
      const from = Math.max(Number(fromId), ring.oldestId);
      found = ring.range(from, Math.min(from + limit, shown));
    } else if (start !== undefined || end !== undefined) {
      // Times are inclusive milliseconds; with one of the two, an hour from it.
      const to = end ?? (start ?? 0) + HOUR;
      const from = ring.firstIdFrom(start ?? to - HOUR);
      found = ring.range(from, Math.min(from + limit, ring.firstIdFrom(to + 1_000), shown));
    } else found = ring.range(shown - limit, shown);
  }
  const rows = found.map((one) => ({
    a: one.id,
    p: price(listing, one.price),
    q: size(listing, one.size),
    f: one.firstTradeId,
    l: one.lastTradeId,
    T: Math.floor(one.at / 1_000),
    m: !one.takerBuys,
    M: true,
  }));
  return ok(rows, 4);
}

function tradeRow(listing: Listing, fill: Fill): unknown {
  return {
    id: fill.id,
    price: price(listing, fill.price),
    qty: size(listing, fill.size),
    quoteQty: notional(listing, BigInt(fill.price) * BigInt(fill.size)),
    time: Math.floor(fill.at / 1_000),
    isBuyerMaker: !fill.takerBuys,
    isBestMatch: true,
  };
}

function recentTrades(request: RestRequest, context: RestContext, listing: Listing): WeighedAnswer {
  const shown = listing.trades.firstIdFrom(context.horizon);
  const fills = listing.trades.range(shown - limitOf(request, 500, 1_000), shown);
  return ok(
    fills.map((fill) => tradeRow(listing, fill)),
    25,
  );
}

function historicalTrades(request: RestRequest, context: RestContext, listing: Listing): WeighedAnswer {
  const fromId = request.query.get('fromId');
  if (fromId === null) return recentTrades(request, context, listing);
  const from = Math.max(Number(fromId), listing.trades.oldestId);
  const shown = listing.trades.firstIdFrom(context.horizon);
  const fills = listing.trades.range(from, Math.min(from + limitOf(request, 500, 1_000), shown));
  return ok(
    fills.map((fill) => tradeRow(listing, fill)),
    25,
  );
}

function depth(request: RestRequest, _context: RestContext, listing: Listing): WeighedAnswer {
  const limit = limitOf(request, 100, 5_000);
  const { bids, asks } = listing.ladder();
  const rows = (side: typeof bids): string[][] =>
    side.slice(0, limit).map((one) => [price(listing, one.price), size(listing, one.size)]);
  const weight = limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250;
  return ok({ lastUpdateId: listing.updates, bids: rows(bids), asks: rows(asks) }, weight);
}

function exchangeInfo(request: RestRequest, context: RestContext): WeighedAnswer {
  const asked = symbolsAsked(request);
  const found = asked?.map((symbol) => context.listing(symbol)) ?? [...context.listings];
  if (found.includes(undefined)) return UNKNOWN_SYMBOL;
  const rateLimits = [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6_000 },
    { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
  ];
  const symbols = found.flatMap((listing) => (listing === undefined ? [] : [symbolInfo(listing)]));
  const serverTime = Math.floor(context.venueNow / 1_000);
  return ok({ timezone: 'UTC', serverTime, rateLimits, exchangeFilters: [], symbols }, 20);
}

function symbolInfo(listing: Listing): unknown {
  const [baseAsset = '', quoteAsset = ''] = listing.instrument.split('-');
  return {
    symbol: listing.symbol,
    status: 'TRADING',
    baseAsset,
    baseAssetPrecision: 8,
    quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'MARKET'],
    icebergAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: listing.priceTick,
        maxPrice: '1000000.00000000',
        tickSize: listing.priceTick,
      },
      {
        filterType: 'LOT_SIZE',
        minQty: listing.sizeStep,
        maxQty: '9000000.00000000',
        stepSize: listing.sizeStep,
      },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
  };
}

function symbolsAsked(request: RestRequest): string[] | undefined {
  const one = request.query.get('symbol');
  if (one !== null) return [one];
  const several = request.query.get('symbols');
  if (several === null) return undefined;
  try {
    const parsed: unknown = JSON.parse(several);
    return Array.isArray(parsed) ? parsed.map(String) : [several];
  } catch {
    return [several];
  }
}

/** One object for `symbol`, a list otherwise. */
function each(
  request: RestRequest,
  context: RestContext,
  row: (listing: Listing, context: RestContext) => unknown,
  weightOne: number,
  weightAll: number,
): WeighedAnswer {
  const asked = symbolsAsked(request);
  const listings = asked?.map((symbol) => context.listing(symbol)) ?? [...context.listings];
  if (listings.includes(undefined)) return UNKNOWN_SYMBOL;
  const rows = listings.flatMap((listing) => (listing === undefined ? [] : [row(listing, context)]));
  return request.query.has('symbol') ? ok(rows[0], weightOne) : ok(rows, weightAll);
}

/** Of the day's figures of so many symbols, or of all. */
function dayWeight(symbols: number | undefined): number {
  if (symbols === undefined || symbols > 100) return 80;
  return symbols > 20 ? 40 : 2;
}

function bookTicker(listing: Listing): unknown {
  const { quote } = listing;
  return {
    symbol: listing.symbol,
    bidPrice: price(listing, quote?.bid ?? 0),
    bidQty: size(listing, quote?.bidSize ?? 0),
    askPrice: price(listing, quote?.ask ?? 0),
    askQty: size(listing, quote?.askSize ?? 0),
  };
}

function day(listing: Listing, context: RestContext): unknown {
  const figures = listing.day(context.venueNow);
  const change = listing.lastPrice - figures.open;
  return {
    ...(bookTicker(listing) as object),
    priceChange: `${change < 0 ? '-' : ''}${price(listing, Math.abs(change))}`,
    priceChangePercent: ((change / figures.open) * 100).toFixed(3),
    weightedAvgPrice: averagePrice(listing, figures),
    prevClosePrice: price(listing, figures.open),
    lastPrice: price(listing, listing.lastPrice),
    lastQty: size(listing, listing.lastSize),
    openPrice: price(listing, figures.open),
    highPrice: price(listing, figures.high),
    lowPrice: price(listing, figures.low),
    volume: size(listing, figures.volume),
    quoteVolume: notional(listing, figures.notional),
    openTime: Math.floor(context.venueNow / 1_000) - 86_400_000,
    closeTime: Math.floor(context.venueNow / 1_000),
    firstId: figures.firstId,
    lastId: listing.trades.nextId - 1,
    count: figures.trades,
  };
}
