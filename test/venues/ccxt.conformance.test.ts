import { SystemClock } from '@concord/runtime';
import { startVenues, type VenueInstrument, type Venues } from '@concord/venues';
import ccxt, { type Exchange } from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redirect } from './ccxt-addresses.ts';

const MINUTE_MS = 60_000;
const NUMBER = expect.any(Number) as unknown as number;
const BTC = 'BTC/USDT';
const XRP = 'XRP/USDT';

/** What of the library is held against a venue beside what all have. */
interface Case {
  readonly name: 'binance' | 'coinbase' | 'kraken' | 'okx' | 'bybit';
  /** The venue's own host, wherever it stands in the library's addresses, perhaps as a variable in braces. */
  readonly host: RegExp;
  /** Of BTC, then of XRP. */
  readonly steps: readonly [readonly [price: string, size: string], readonly [price: string, size: string]];
  symbol(base: string): string;
  /** All markets that the library must find, with what it must know of them. */
  readonly markets: Readonly<Record<string, object>>;
  /** Channels of trades, where the library has a choice. */
  readonly tradeChannels?: readonly string[];
  /** The ticker that the library takes has bid and ask. */
  readonly tickerHasBidAndAsk: boolean;
  readonly book: string;
  /** How often the best bid and ask are watched, where the library can. */
  readonly bestBidsAndAsks: number;
  readonly candles?: string;
}

const TWO_DIGITS: Pick<Case, 'steps' | 'markets' | 'book'> = {
  steps: [
    ['0.01', '0.00001'],
    ['0.0001', '0.1'],
  ],
  markets: { [BTC]: { precision: { price: 0.01 } }, [XRP]: { precision: { price: 0.0001 } } },
  book: BTC,
};

const CASES: readonly Case[] = [
  {
    ...TWO_DIGITS,
    name: 'binance',
    host: /(\w+):\/\/[\w.-]*binance\.com(?::\d+)?/,
    symbol: (base) => `${base}USDT`,
    tickerHasBidAndAsk: false,
    bestBidsAndAsks: 1,
  },
  {
    ...TWO_DIGITS,
    name: 'coinbase',
    host: /(\w+):\/\/[\w.-]*coinbase\.com/,
    symbol: (base) => `${base}-USDT`,
    tickerHasBidAndAsk: true,
    bestBidsAndAsks: 0,
  },
  {
    ...TWO_DIGITS,
    name: 'kraken',
    host: /(\w+):\/\/[\w.-]*kraken\.com/,
    symbol: (base) => `${base}/USDT`,
    tickerHasBidAndAsk: true,
    bestBidsAndAsks: 1,
  },
  {
    name: 'okx',
    host: /(\w+):\/\/(?:\{hostname\}|[\w.-]*okx\.com(?::\d+)?)/,
    steps: [
      ['0.1', '0.00001'],
      ['0.0001', '0.1'],
    ],
    symbol: (base) => `${base}-USDT`,
    markets: {
      [BTC]: { precision: { price: 0.1, amount: 0.00001 } },
      [XRP]: { spot: true, active: true, precision: { price: 0.0001 } },
    },
    tradeChannels: ['trades', 'trades-all'],
    tickerHasBidAndAsk: true,
    book: BTC,
    bestBidsAndAsks: 20,
    candles: BTC,
  },
  {
    name: 'bybit',
    host: /(\w+):\/\/[\w.-]*(?:\{hostname\}|bybit\.com)/,
    steps: [
      ['0.1', '0.000001'],
      ['0.0001', '0.01'],
    ],
    symbol: (base) => `${base}USDT`,
    markets: {
      [BTC]: { spot: true, precision: { price: 0.1, amount: 0.000001 } },
      [XRP]: {},
      'BTC/USDT:USDT': {},
      'XRP/USDT:USDT': { linear: true, precision: { price: 0.0001 } },
    },
    tickerHasBidAndAsk: false,
    book: XRP,
    bestBidsAndAsks: 1,
    candles: XRP,
  },
];

function instrumentsOf({ name, steps, symbol }: Case): VenueInstrument[] {
  return [['BTC', 65_000] as const, ['XRP', 0.52] as const].map(([base, startPrice], place) => {
    const [priceTick, sizeStep] = steps[place === 0 ? 0 : 1];
    return { id: `${base}-USDT`, symbols: { [name]: symbol(base) }, priceTick, sizeStep, startPrice };
  });
}

describe.each(CASES)('ccxt, with nothing but the addresses changed, on $name', (its) => {
  const { name } = its;
  const exchange: Exchange = new ccxt.pro[name]();
  let venues: Venues;

  beforeAll(async () => {
    const instruments = instrumentsOf(its);
    venues = await startVenues({
      clock: new SystemClock(),
      seed: 20261122,
      venues: [name],
      instruments,
      rate: 4,
    });
    redirect(exchange.urls['api'], its.host, new URL(venues.addresses[name]?.restUrl ?? '').host);
    // The library asks for this once before it opens a socket without TLS.
    await exchange.loadHttpProxyAgent();
  });
  afterAll(async () => {
    await exchange.close();
    await venues[Symbol.asyncDispose]();
  });

  it('loads the markets with their steps', async () => {
    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets).sort()).toEqual(Object.keys(its.markets).sort());
    expect(markets).toMatchObject(its.markets);
  });

  it.each(its.tradeChannels ?? ['trades'])('watches %s, whose ids have no gap', async (channel) => {
    // The library logs in for single fills, which the venue does not ask for.
    if (channel === 'trades-all') exchange.authenticate = async () => undefined;
    const params = its.tradeChannels === undefined ? {} : { channel };
    const covered = new Map<number, number>();
    while (covered.size < 20) {
      const trades = await exchange.watchTrades(BTC, undefined, undefined, params);
      for (const { id, info } of trades)
        covered.set(Number(id), Number((info as { count?: string }).count ?? 1));
      expect(trades.at(-1)).toMatchObject({ symbol: BTC, price: NUMBER, amount: NUMBER });
    }
    const ids = [...covered].sort(([a], [b]) => a - b);
    for (const [index, [last, count]] of ids.entries())
      if (index > 0) expect(last - count).toBe(ids[index - 1]?.[0]);
  });

  it('watches tickers with a bid below the ask', async () => {
    const ticker = await exchange.watchTicker(XRP);
    expect(ticker.last).toBeGreaterThan(0.3);
    const [bid, ask] = its.tickerHasBidAndAsk ? [ticker.bid, ticker.ask] : [ticker.bid ?? 0, ticker.ask ?? 1];
    expect(bid).toBeLessThan(ask ?? 0);
  });

  it('watches the order book, whose bids stay below its asks', async () => {
    for (let i = 0; i < 30; i++) {
      const book = await exchange.watchOrderBook(its.book);
      expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    }
  });

  if (its.bestBidsAndAsks > 0)
    it('watches the best bid below the best ask', async () => {
      for (let i = 0; i < its.bestBidsAndAsks; i++) {
        const tickers = Object.values(await exchange.watchBidsAsks([BTC, XRP]));
        expect(tickers.length).toBeGreaterThan(0);
        for (const ticker of tickers) expect(ticker.bid).toBeLessThan(ticker.ask ?? 0);
      }
    });

  if (its.candles !== undefined)
    it('watches candles', async () => {
      const [candle] = await exchange.watchOHLCV(its.candles ?? '', '1m');
      expect(candle).toEqual([NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER]);
      expect(candle?.[0]).toBeGreaterThan(exchange.milliseconds() - 2 * MINUTE_MS);
    });

  it('fetches the candles of a range in pages, each once, in order', async () => {
    const now = exchange.milliseconds();
    const since = Math.floor(now / MINUTE_MS) * MINUTE_MS - 600 * MINUTE_MS;
    const first = await exchange.fetchOHLCV(BTC, '1m', since, 200);
    const next = await exchange.fetchOHLCV(BTC, '1m', since + 200 * MINUTE_MS, 200);
    const starts = [...first, ...next].map((row) => Number(row[0]));
    expect(starts).toEqual(starts.map((_, i) => since + i * MINUTE_MS));
    expect(starts).toHaveLength(400);
    for (const [, open, high, low, close] of first as number[][]) {
      expect(high).toBeGreaterThanOrEqual(Math.max(open ?? 0, close ?? 0));
      expect(low).toBeLessThanOrEqual(Math.min(open ?? 0, close ?? 0));
    }
  });

  it('fetches trades and a ticker', async () => {
    expect(await exchange.fetchTrades(XRP, undefined, 5)).toHaveLength(5);
    expect(await exchange.fetchTicker(XRP)).toMatchObject({ symbol: XRP, last: NUMBER });
  });

  if (name === 'okx')
    it('fetches all tickers and the order book, and watches its first five levels', async () => {
      expect((await exchange.fetchTickers())[BTC]).toMatchObject({ last: NUMBER });
      expect((await exchange.fetchOrderBook(BTC, 10)).bids).toHaveLength(10);
      expect((await exchange.watchOrderBook(BTC, 5)).asks).toHaveLength(5);
    });

  if (name === 'bybit')
    it('watches the trades of a contract, and fetches a bid, the order book and the time', async () => {
      const [trade] = await exchange.watchTrades('BTC/USDT:USDT');
      expect(trade).toMatchObject({ symbol: 'BTC/USDT:USDT', price: NUMBER });
      expect(await exchange.fetchTicker(XRP)).toMatchObject({ bid: NUMBER });
      expect((await exchange.fetchOrderBook(BTC, 10)).bids).toHaveLength(10);
      expect(Math.abs(((await exchange.fetchTime()) ?? 0) - exchange.milliseconds())).toBeLessThan(5_000);
    });

  it('keeps every limit of the venue', () => {
    expect(venues.stats().venues[name]?.breaches).toEqual({});
  });
});
