import { SystemClock } from '@concord/runtime';
import ccxt, { type Exchange } from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redirect } from './server/test-ccxt.ts';
import { startVenues, type VenueInstrument, type VenueName, type Venues } from './index.ts';

const MINUTE_MS = 60_000;
const NUMBER = expect.any(Number) as unknown as number;

const INSTRUMENTS: readonly VenueInstrument[] = [
  ['BTC', '0.01', '0.00001', 65_000] as const,
  ['XRP', '0.0001', '0.1', 0.52] as const,
].map(([base, priceTick, sizeStep, startPrice]) => ({
  id: `${base}-USDT`,
  symbols: { binance: `${base}USDT`, coinbase: `${base}-USDT`, kraken: `${base}/USDT` },
  priceTick,
  sizeStep,
  startPrice,
}));

/** Each venue's own host, wherever it stands in the library's addresses, is replaced by the simulator's. */
const HOSTS = {
  binance: /(\w+):\/\/[\w.-]*binance\.com(?::\d+)?/,
  coinbase: /(\w+):\/\/[\w.-]*coinbase\.com/,
  kraken: /(\w+):\/\/[\w.-]*kraken\.com/,
} as const satisfies Partial<Record<VenueName, RegExp>>;

describe('ccxt, with nothing but the addresses changed,', () => {
  let venues: Venues;
  const exchanges = new Map<VenueName, Exchange>();

  beforeAll(async () => {
    venues = await startVenues({
      clock: new SystemClock(),
      seed: 20261122,
      instruments: INSTRUMENTS,
      rate: 4,
    });
    for (const name of ['binance', 'coinbase', 'kraken'] as const) {
      const exchange = new ccxt.pro[name]();
      const { restUrl = '' } = venues.addresses[name] ?? {};
      redirect(exchange.urls['api'], HOSTS[name], new URL(restUrl).host);
      // The library asks for this once before it opens a socket without TLS.
      await exchange.loadHttpProxyAgent();
      exchanges.set(name, exchange);
    }
  });
  afterAll(async () => {
    for (const exchange of exchanges.values()) await exchange.close();
    await venues[Symbol.asyncDispose]();
  });

  describe.each(['binance', 'coinbase', 'kraken'] as const)('on %s', (name) => {
    const exchange = (): Exchange => exchanges.get(name) as Exchange;

    it('loads the markets with their steps', async () => {
      const markets = await exchange().loadMarkets();
      expect(Object.keys(markets).sort()).toEqual(['BTC/USDT', 'XRP/USDT']);
      expect(markets['BTC/USDT']?.precision).toMatchObject({ price: 0.01 });
      expect(markets['XRP/USDT']?.precision).toMatchObject({ price: 0.0001 });
    });

    it('watches trades, whose ids have no gap', async () => {
      const ids: number[] = [];
      while (ids.length < 20) {
        const trades = await exchange().watchTrades('BTC/USDT');
        ids.push(...trades.map((trade) => Number(trade.id)));
        expect(trades.at(-1)).toMatchObject({ symbol: 'BTC/USDT', price: NUMBER, amount: NUMBER });
      }
      const seen = [...new Set(ids)].sort((a, b) => a - b);
      expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
    });

    it('watches tickers with a bid below the ask', async () => {
      const ticker = await exchange().watchTicker('XRP/USDT');
      expect(ticker.last).toBeGreaterThan(0.3);
      // Binance's small ticker, which the library takes, has neither.
      expect(ticker.bid ?? 0).toBeLessThan(ticker.ask ?? 1);
    });

    it('watches the order book, whose bids stay below its asks', async () => {
      for (let i = 0; i < 30; i++) {
        const book = await exchange().watchOrderBook('BTC/USDT');
        expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
      }
    });

    it('fetches the candles of a range in pages, each once, in order', async () => {
      const now = exchange().milliseconds();
      const since = Math.floor(now / MINUTE_MS) * MINUTE_MS - 600 * MINUTE_MS;
      const first = await exchange().fetchOHLCV('BTC/USDT', '1m', since, 200);
      const next = await exchange().fetchOHLCV('BTC/USDT', '1m', since + 200 * MINUTE_MS, 200);
      const starts = [...first, ...next].map((row) => Number(row[0]));
      expect(starts).toEqual(starts.map((_, i) => since + i * MINUTE_MS));
      expect(starts).toHaveLength(400);
      for (const [, open, high, low, close] of first as number[][]) {
        expect(high).toBeGreaterThanOrEqual(Math.max(open ?? 0, close ?? 0));
        expect(low).toBeLessThanOrEqual(Math.min(open ?? 0, close ?? 0));
      }
    });

    it('fetches trades and a ticker', async () => {
      expect(await exchange().fetchTrades('XRP/USDT', undefined, 5)).toHaveLength(5);
      expect(await exchange().fetchTicker('XRP/USDT')).toMatchObject({ symbol: 'XRP/USDT', last: NUMBER });
    });
  });

  it.each(['binance', 'kraken'] as const)('watches the best bid and ask on %s', async (name) => {
    const tickers = await (exchanges.get(name) as Exchange).watchBidsAsks(['BTC/USDT', 'XRP/USDT']);
    for (const ticker of Object.values(tickers)) expect(ticker.bid).toBeLessThan(ticker.ask ?? 0);
  });
});
