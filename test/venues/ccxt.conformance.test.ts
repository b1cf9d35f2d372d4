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
  /** What else the library can do here, by what it does. */
  readonly also?: Readonly<Record<string, Check>>;
}
type Check = (exchange: Exchange) => Promise<void>;

function bestBidsAndAsks(times: number): Check {
  return async (exchange) => {
    for (let i = 0; i < times; i++) {
      const tickers = Object.values(await exchange.watchBidsAsks([BTC, XRP]));
      expect(tickers.length).toBeGreaterThan(0);
      for (const ticker of tickers) expect(ticker.bid).toBeLessThan(ticker.ask ?? 0);
    }
  };
}

function candlesOf(symbol: string): Check {
  return async (exchange) => {
    const [candle] = await exchange.watchOHLCV(symbol, '1m');
    expect(candle).toEqual([NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER]);
    expect(candle?.[0]).toBeGreaterThan(exchange.milliseconds() - 2 * MINUTE_MS);
  };
}

async function weeks(exchange: Exchange): Promise<void> {
  const starts = (await exchange.fetchOHLCV(BTC, '1w')).map(([start]) => new Date(start ?? 0).getUTCDay());
  expect(starts.length).toBeGreaterThan(0);
  expect(new Set(starts)).toEqual(new Set([1]));
}

async function tenBids(exchange: Exchange): Promise<void> {
  expect((await exchange.fetchOrderBook(BTC, 10)).bids).toHaveLength(10);
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
    also: {
      'watches the best bid below the best ask': bestBidsAndAsks(1),
      'fetches weeks, which begin on Monday': weeks,
    },
  },
  {
    ...TWO_DIGITS,
    name: 'coinbase',
    host: /(\w+):\/\/[\w.-]*coinbase\.com/,
    symbol: (base) => `${base}-USDT`,
    tickerHasBidAndAsk: true,
    also: {
      'watches tickers that go on after the first': async (exchange) => {
        for (let i = 0; i < 3; i++)
          expect(Object.values(await exchange.watchTickers([BTC, XRP]))[0]).toMatchObject({ last: NUMBER });
      },
    },
  },
  {
    ...TWO_DIGITS,
    name: 'kraken',
    host: /(\w+):\/\/[\w.-]*kraken\.com/,
    symbol: (base) => `${base}/USDT`,
    tickerHasBidAndAsk: true,
    also: { 'watches the best bid below the best ask': bestBidsAndAsks(1) },
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
    also: {
      'watches the best bid below the best ask': bestBidsAndAsks(20),
      'watches candles': candlesOf(BTC),
      'fetches weeks, which begin on Monday': weeks,
      'fetches the order book': tenBids,
      'watches five levels of the order book': async (exchange) =>
        expect((await exchange.watchOrderBook(BTC, 5)).asks).toHaveLength(5),
      'fetches all tickers': async (exchange) =>
        expect((await exchange.fetchTickers())[BTC]).toMatchObject({ last: NUMBER }),
    },
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
    also: {
      'watches the best bid below the best ask': bestBidsAndAsks(1),
      'watches candles': candlesOf(XRP),
      'fetches weeks, which begin on Monday': weeks,
      'watches the trades of a contract': async (exchange) =>
        expect((await exchange.watchTrades('BTC/USDT:USDT'))[0]).toMatchObject({
          symbol: 'BTC/USDT:USDT',
          price: NUMBER,
        }),
      'fetches a ticker with its bid': async (exchange) =>
        expect(await exchange.fetchTicker(XRP)).toMatchObject({ bid: NUMBER }),
      'fetches the order book': tenBids,
      'fetches the time': async (exchange) =>
        expect(Math.abs(((await exchange.fetchTime()) ?? 0) - exchange.milliseconds())).toBeLessThan(5_000),
    },
  },
];

function instrumentsOf({ name, steps, symbol }: Case): VenueInstrument[] {
  return [['BTC', 65_000] as const, ['XRP', 0.52] as const].map(([base, startPrice], place) => {
    const [priceTick, sizeStep] = steps[place === 0 ? 0 : 1];
    return { id: `${base}-USDT`, symbols: { [name]: symbol(base) }, priceTick, sizeStep, startPrice };
  });
}

const started: [Exchange, Venues][] = [];
/** At the end of all: the library sends subscriptions in its own time, and one on a socket just closed would fail another venue's test. */
afterAll(async () => {
  for (const [exchange, venues] of started) {
    await exchange.close();
    await venues[Symbol.asyncDispose]();
  }
});

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
    started.push([exchange, venues]);
    // The library asks for this once before it opens a socket without TLS.
    await exchange.loadHttpProxyAgent();
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

  it.each(Object.entries(its.also ?? {}))('%s', async (_what, check) => check(exchange));

  it('keeps every limit of the venue', () => {
    expect(venues.stats().venues[name]?.breaches).toEqual({});
  });
});
