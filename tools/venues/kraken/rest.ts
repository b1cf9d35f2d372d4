import { fixedText, paddedText } from '../grid.ts';
import type { RestAnswer, RestRequest } from '../server/feed.ts';
import { fillFlat } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import { TimeText } from '../time-text.ts';
import { averagePrice, price, qty, WEEKS_FROM } from './messages.ts';

export interface RestContext {
  readonly listings: readonly Listing[];
  readonly venueNow: number;
  /** Trades from this time on are not shown yet. */
  readonly horizon: number;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const MAX_TRADES = 1_000;
const MAX_BARS = 720;
const MINUTES: readonly number[] = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600];
/** REST keeps the old names of two assets, and for the oldest assets against fiat money a letter in front. */
const OLD_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };
const WITH_X: readonly string[] = ['XBT', 'ETH', 'XRP', 'LTC', 'XDG', 'ETC', 'XLM', 'XMR', 'ZEC'];
const FIAT: readonly string[] = ['USD', 'EUR', 'GBP', 'CAD', 'JPY'];

interface PairNames {
  readonly key: string;
  readonly altname: string;
  readonly wsname: string;
  readonly base: string;
  readonly quote: string;
}

export function pairNames(symbol: string): PairNames {
  const [base = '', quote = ''] = symbol.split('/').map((asset) => OLD_NAMES[asset] ?? asset);
  const assetKey = (asset: string): string =>
    WITH_X.includes(asset) ? `X${asset}` : FIAT.includes(asset) ? `Z${asset}` : asset;
  const isOld = WITH_X.includes(base) && FIAT.includes(quote);
  const key = isOld ? `${assetKey(base)}${assetKey(quote)}` : `${base}${quote}`;
  return {
    key,
    altname: `${base}${quote}`,
    wsname: `${base}/${quote}`,
    base: assetKey(base),
    quote: assetKey(quote),
  };
}

export function answer(request: RestRequest, context: RestContext): RestAnswer {
  switch (request.path) {
    case '/0/public/Time':
      return result({
        unixtime: Math.floor(context.venueNow / SECOND),
        rfc1123: new Date(context.venueNow / 1_000).toUTCString(),
      });
    case '/0/public/SystemStatus':
      return result({ status: 'online', timestamp: new TimeText().micros(context.venueNow) });
    case '/0/public/Assets':
      return result(assets(context.listings));
    case '/0/public/AssetPairs':
      return assetPairs(request, context);
    case '/0/public/Ticker':
      return tickers(request, context);
    case '/0/public/Trades':
      return forPair(request, context, trades);
    case '/0/public/OHLC':
      return forPair(request, context, ohlc);
    case '/0/public/Depth':
      return forPair(request, context, depth);
    default:
      return failure('EGeneral:Unknown method');
  }
}

function result(body: unknown): RestAnswer {
  return { status: 200, body: { error: [], result: body } };
}

/** Kraken answers errors with 200. */
export function failure(error: string): RestAnswer {
  return { status: 200, body: { error: [error] } };
}

function find(name: string, listings: readonly Listing[]): Listing | undefined {
  return listings.find((one) => {
    const { key, altname, wsname } = pairNames(one.symbol);
    return (
      name === key ||
      name === altname ||
      name === wsname ||
      name === one.symbol ||
      name === one.symbol.replace('/', '')
    );
  });
}

function forPair(
  request: RestRequest,
  context: RestContext,
  answerOne: (request: RestRequest, listing: Listing, context: RestContext) => RestAnswer,
): RestAnswer {
  const name = request.query.get('pair');
  if (name === null) return failure('EGeneral:Invalid arguments');
  const listing = find(name, context.listings);
  return listing === undefined ? failure('EQuery:Unknown asset pair') : answerOne(request, listing, context);
}

function asked(request: RestRequest, context: RestContext): Listing[] | undefined {
  const pairs = request.query.get('pair');
  if (pairs === null) return [...context.listings];
  const found = pairs.split(',').map((name) => find(name, context.listings));
  return found.includes(undefined) ? undefined : found.flatMap((one) => one ?? []);
}

function assets(listings: readonly Listing[]): unknown {
  const names = new Set(
    listings.flatMap((one) => one.symbol.split('/').map((asset) => OLD_NAMES[asset] ?? asset)),
  );
  const rows = [...names].map((altname) => {
    const key = WITH_X.includes(altname) ? `X${altname}` : FIAT.includes(altname) ? `Z${altname}` : altname;
    return [key, { aclass: 'currency', altname, decimals: 10, display_decimals: 5, status: 'enabled' }];
  });
  return Object.fromEntries(rows);
}

function assetPairs(request: RestRequest, context: RestContext): RestAnswer {
  const listings = asked(request, context);
  if (listings === undefined) return failure('EQuery:Unknown asset pair');
  const rows = listings.map((one) => {
    const { key, altname, wsname, base, quote } = pairNames(one.symbol);
    const row = {
      altname,
      wsname,
      aclass_base: 'currency',
      base,
      aclass_quote: 'currency',
      quote,
      lot: 'unit',
      cost_decimals: one.priceGrid.decimals + 4,
      pair_decimals: one.priceGrid.decimals,
      lot_decimals: 8,
      lot_multiplier: 1,
      leverage_buy: [],
      leverage_sell: [],
      fees: [[0, 0.4]],
      fees_maker: [[0, 0.25]],
      fee_volume_currency: 'ZUSD',
      margin_call: 80,
      margin_stop: 40,
      ordermin: one.sizeStep,
      costmin: '0.5',
      tick_size: one.priceTick,
      status: 'online',
    };
    return [key, row];
  });
  return result(Object.fromEntries(rows));
}

function tickers(request: RestRequest, context: RestContext): RestAnswer {
  const listings = asked(request, context);
  if (listings === undefined) return failure('EQuery:Unknown asset pair');
  const rows = listings.map((one) => {
    const day = one.day(context.venueNow);
    const { quote } = one;
    const twice = (text: string): string[] => [text, text];
    const row = {
      a: [price(one, quote?.ask ?? 0), '1', qty(one, quote?.askSize ?? 0)],
      b: [price(one, quote?.bid ?? 0), '1', qty(one, quote?.bidSize ?? 0)],
      c: [price(one, one.lastPrice), qty(one, one.lastSize)],
      v: twice(qty(one, day.volume)),
      p: twice(averagePrice(one, day)),
      t: [day.trades, day.trades],
      l: twice(price(one, day.low)),
      h: twice(price(one, day.high)),
      o: price(one, day.open),
    };
    return [pairNames(one.symbol).key, row];
  });
  return result(Object.fromEntries(rows));
}

/**
 * Rows are text written out by hand: their times are JSON numbers with more digits than matter to a double. `since` is excluded,
 * and `last` is the last row's time in nanoseconds, so that the next page begins with the row after it. Fills of one microsecond
 * are told apart by their nanoseconds, as the venue's are.
 */
function trades(request: RestRequest, listing: Listing, { horizon }: RestContext): RestAnswer {
  const count = Math.min(Number(request.query.get('count') ?? MAX_TRADES), MAX_TRADES);
  const since = request.query.get('since');
  const shown = listing.trades.firstIdFrom(horizon);
  const from = since === null ? shown - count : firstIdAfter(listing, since);
  const fills = listing.trades.range(from, Math.min(from + count, shown));
  const { decimals } = listing.priceGrid;
  const rows = fills.map((fill) => {
    const at = fixedText(fill.at, 6);
    const row = [paddedText(fill.price, decimals, 5), qty(listing, fill.size)];
    return `["${row.join('","')}",${at},"${fill.takerBuys ? 'b' : 's'}","m","",${fill.id}]`;
  });
  const last = fills.at(-1);
  const nanos =
    last === undefined ? (since ?? '0') : String(BigInt(last.at) * 1_000n + rankOf(listing, last));
  const { key } = pairNames(listing.symbol);
  return { status: 200, body: `{"error":[],"result":{"${key}":[${rows.join(',')}],"last":"${nanos}"}}` };
}

/** How many fills of the same microsecond came before. */
function rankOf(listing: Listing, fill: Fill): bigint {
  return BigInt(fill.id - listing.trades.firstIdFrom(fill.at));
}

/** `since` in nanoseconds, or in seconds when the number is too small to be nanoseconds of this century. */
function firstIdAfter(listing: Listing, since: string): number {
  const value = Number(since);
  if (!(value >= 0)) return listing.trades.oldestId;
  if (value < 1e15) return listing.trades.firstIdFrom(Math.floor(value * SECOND) + 1);
  const nanos = BigInt(since.split('.')[0] ?? '0');
  const at = Number(nanos / 1_000n);
  const [first, next] = [listing.trades.firstIdFrom(at), listing.trades.firstIdFrom(at + 1)];
  return Math.min(next, first + Number(nanos % 1_000n) + 1);
}

/** The last 720 windows at most, the open one included; windows without a trade are flat. */
function ohlc(request: RestRequest, listing: Listing, context: RestContext): RestAnswer {
  const interval = Number(request.query.get('interval') ?? 1);
  if (!MINUTES.includes(interval)) return failure('EGeneral:Invalid arguments');
  const length = interval * MINUTE;
  const window = Math.floor(context.venueNow / length) * length;
  const since = Number(request.query.get('since') ?? 0) * SECOND;
  const bars = fillFlat(
    listing.bars.range(length, window - MAX_BARS * length, window, WEEKS_FROM),
    length,
    window,
  );
  const rows = bars
    .filter((bar) => bar.start > since)
    .slice(-MAX_BARS)
    .map((bar) => [
      bar.start / SECOND,
      price(listing, bar.open),
      price(listing, bar.high),
      price(listing, bar.low),
      price(listing, bar.close),
      bar.trades === 0 ? price(listing, 0) : averagePrice(listing, { ...bar, open: bar.close }),
      qty(listing, bar.volume),
      bar.trades,
    ]);
  return result({ [pairNames(listing.symbol).key]: rows, last: (window - length) / SECOND });
}

function depth(request: RestRequest, listing: Listing, context: RestContext): RestAnswer {
  const count = Number(request.query.get('count') ?? 100);
  const at = Math.floor(context.venueNow / SECOND);
  const { bids, asks } = listing.ladder();
  const rows = (side: typeof bids): unknown[] =>
    side.slice(0, count).map((one) => [price(listing, one.price), qty(listing, one.size), at]);
  return result({ [pairNames(listing.symbol).key]: { asks: rows(asks), bids: rows(bids) } });
}
