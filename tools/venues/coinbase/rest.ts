import type { RestAnswer, RestRequest } from '../server/feed.ts';
import type { Listing } from '../tape/listing.ts';
import { TimeText } from '../time-text.ts';
import { price, size } from './messages.ts';

export interface RestContext {
  readonly listings: readonly Listing[];
  readonly listing: (symbol: string) => Listing | undefined;
  readonly venueNow: number;
  /** Trades from this time on are not shown yet. */
  readonly horizon: number;
}

export const TOO_MANY_REQUESTS: RestAnswer = {
  status: 429,
  body: { error: 'RESOURCE_EXHAUSTED', error_details: 'too many requests', message: 'too many requests' },
};

const GRANULARITIES: Readonly<Record<string, number>> = {
  ONE_MINUTE: 60,
  FIVE_MINUTE: 300,
  FIFTEEN_MINUTE: 900,
  THIRTY_MINUTE: 1_800,
  ONE_HOUR: 3_600,
  TWO_HOUR: 7_200,
  FOUR_HOUR: 14_400,
  SIX_HOUR: 21_600,
  ONE_DAY: 86_400,
};
const MAX_CANDLES = 350;
const MAX_TRADES = 1_000;
const SECOND = 1_000_000;
/** The same data stand under the keyless path and the one for signed requests. */
const PATH = /^\/api\/v3\/brokerage\/(?:market\/)?(.+)$/;
const PRODUCT = /^products\/([^/]+)(?:\/(candles|ticker))?$/;

export function answer(request: RestRequest, context: RestContext): RestAnswer {
  if (request.path.startsWith('/v2/')) return answerV2(request, context);
  const path = PATH.exec(request.path)?.[1];
  if (path === 'products') return products(request, context);
  if (path === 'time' || request.path === '/api/v3/brokerage/time') return time(context.venueNow);
  if (path === 'product_book') return productBook(request, context);
  const product = PRODUCT.exec(path ?? '');
  if (product === null) return notFound(`no such path ${request.path}`);
  const listing = context.listing(product[1] ?? '');
  if (listing === undefined) return notFound('valid product_id is required');
  if (product[2] === 'candles') return candles(request, listing);
  if (product[2] === 'ticker') return trades(request, listing, context.horizon);
  return { status: 200, body: productRow(listing, context.venueNow) };
}

/** The older public paths that existing clients still ask for names of assets and for the time. */
function answerV2(request: RestRequest, context: RestContext): RestAnswer {
  const assets = [...new Set(context.listings.flatMap((one) => one.symbol.split('-')))];
  switch (request.path) {
    case '/v2/time': {
      const iso = new TimeText().micros(context.venueNow);
      return { status: 200, body: { data: { iso, epoch: Math.floor(context.venueNow / SECOND) } } };
    }
    case '/v2/currencies':
      return { status: 200, body: { data: [{ id: 'USD', name: 'US Dollar', min_size: '0.01' }] } };
    case '/v2/currencies/crypto': {
      const data = assets
        .filter((code) => code !== 'USD')
        .map((code) => ({
          asset_id: code,
          code,
          name: code,
          color: '#000000',
          sort_index: 1,
          exponent: 8,
          type: 'crypto',
        }));
      return { status: 200, body: { data } };
    }
    case '/v2/exchange-rates':
      return {
        status: 200,
        body: { data: { currency: 'USD', rates: Object.fromEntries(assets.map((code) => [code, '1'])) } },
      };
    default:
      return notFound(`no such path ${request.path}`);
  }
}

function notFound(message: string): RestAnswer {
  return { status: 404, body: { error: 'NOT_FOUND', error_details: message, message } };
}

function invalid(message: string): RestAnswer {
  return { status: 400, body: { error: 'INVALID_ARGUMENT', error_details: message, message } };
}

function time(venueNow: number): RestAnswer {
  const seconds = Math.floor(venueNow / SECOND);
  const iso = new TimeText().micros(venueNow);
  return {
    status: 200,
    body: { iso, epochSeconds: String(seconds), epochMillis: String(Math.floor(venueNow / 1_000)) },
  };
}

function products(request: RestRequest, context: RestContext): RestAnswer {
  const type = request.query.get('product_type');
  const asked = request.query.getAll('product_ids');
  const found = context.listings.filter((one) => asked.length === 0 || asked.includes(one.symbol));
  const rows =
    type !== null && type !== 'SPOT' ? [] : found.map((listing) => productRow(listing, context.venueNow));
  return { status: 200, body: { products: rows, num_products: rows.length } };
}

function productRow(listing: Listing, venueNow: number): unknown {
  const [base = '', quote = ''] = listing.symbol.split('-');
  const day = listing.day(venueNow);
  return {
    product_id: listing.symbol,
    price: price(listing, listing.lastPrice),
    price_percentage_change_24h: (((listing.lastPrice - day.open) / day.open) * 100).toFixed(14),
    volume_24h: size(listing, day.volume),
    volume_percentage_change_24h: '0',
    base_increment: listing.sizeStep,
    quote_increment: listing.priceTick,
    price_increment: listing.priceTick,
    quote_min_size: '1',
    quote_max_size: '150000000',
    base_min_size: listing.sizeStep,
    base_max_size: '1000000',
    base_name: base,
    quote_name: quote,
    watched: false,
    is_disabled: false,
    new: false,
    status: 'online',
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: false,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: quote,
    base_currency_id: base,
    fcm_trading_session_details: null,
    mid_market_price: '',
    alias: '',
    alias_to: [],
    base_display_symbol: base,
    quote_display_symbol: quote,
    view_only: false,
    display_name: listing.symbol,
    product_venue: 'CBE',
    high_24h: price(listing, day.high),
    low_24h: price(listing, day.low),
  };
}

/** `start` and `end` are seconds; newest first, windows without a trade are absent. */
function candles(request: RestRequest, listing: Listing): RestAnswer {
  const seconds = GRANULARITIES[request.query.get('granularity') ?? ''];
  if (seconds === undefined) return invalid('valid granularity is required');
  const start = Number(request.query.get('start') ?? Number.NaN) * SECOND;
  const end = Number(request.query.get('end') ?? Number.NaN) * SECOND;
  if (!(start <= end)) return invalid('valid start and end are required');
  const length = seconds * SECOND;
  if ((end - start) / length > MAX_CANDLES)
    return invalid(`number of candles requested should be less than ${MAX_CANDLES}`);
  const limit = Math.min(Number(request.query.get('limit') ?? MAX_CANDLES), MAX_CANDLES);
  const bars = listing.bars
    .range(length, Math.floor(start / length) * length, end)
    .reverse()
    .slice(0, limit);
  const rows = bars.map((bar) => ({
    start: String(bar.start / SECOND),
    low: price(listing, bar.low),
    high: price(listing, bar.high),
    open: price(listing, bar.open),
    close: price(listing, bar.close),
    volume: size(listing, bar.volume),
  }));
  return { status: 200, body: { candles: rows } };
}

/** Newest first; `start` and `end` are seconds, both included. `side` is the maker's. */
function trades(request: RestRequest, listing: Listing, horizon: number): RestAnswer {
  const limit = Math.min(Number(request.query.get('limit') ?? 100), MAX_TRADES);
  const start = request.query.get('start');
  const end = request.query.get('end');
  const from = start === null ? listing.trades.oldestId : listing.trades.firstIdFrom(Number(start) * SECOND);
  const upTo = end === null ? Number.POSITIVE_INFINITY : (Number(end) + 1) * SECOND;
  const to = listing.trades.firstIdFrom(Math.min(upTo, horizon));
  const text = new TimeText();
  const rows = listing.trades
    .range(Math.max(from, to - limit), to)
    .reverse()
    .map((fill) => ({
      trade_id: String(fill.id),
      product_id: listing.symbol,
      price: price(listing, fill.price),
      size: size(listing, fill.size),
      time: text.trimmed(fill.at),
      side: fill.takerBuys ? 'SELL' : 'BUY',
      exchange: '',
    }));
  const { quote } = listing;
  const best = { best_bid: price(listing, quote?.bid ?? 0), best_ask: price(listing, quote?.ask ?? 0) };
  return { status: 200, body: { trades: rows, ...best } };
}

function productBook(request: RestRequest, context: RestContext): RestAnswer {
  const listing = context.listing(request.query.get('product_id') ?? '');
  if (listing === undefined) return notFound('valid product_id is required');
  const limit = Number(request.query.get('limit') ?? 25);
  const { bids, asks } = listing.ladder();
  const rows = (side: typeof bids): unknown[] =>
    side.slice(0, limit).map((one) => ({ price: price(listing, one.price), size: size(listing, one.size) }));
  const at = new TimeText().micros(context.venueNow);
  return {
    status: 200,
    body: { pricebook: { product_id: listing.symbol, bids: rows(bids), asks: rows(asks), time: at } },
  };
}
