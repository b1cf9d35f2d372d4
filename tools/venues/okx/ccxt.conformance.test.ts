import { SystemClock } from '@concord/runtime';
import ccxt from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVenues, type VenueInstrument, type Venues } from '../index.ts';
import { redirect } from '../server/test-ccxt.ts';

const MINUTE_MS = 60_000;
const NUMBER = expect.any(Number) as unknown as number;
/** The host stands in REST's address as a variable. */
const HOST = /(\w+):\/\/(?:\{hostname\}|[\w.-]*okx\.com(?::\d+)?)/;

const INSTRUMENTS: readonly VenueInstrument[] = [
  { id: 'BTC-USDT', symbols: { okx: 'BTC-USDT' }, priceTick: '0.1', sizeStep: '0.00001', startPrice: 65_000 },
  { id: 'XRP-USDT', symbols: { okx: 'XRP-USDT' }, priceTick: '0.0001', sizeStep: '0.1', startPrice: 0.52 },
];

describe('ccxt, with nothing but the addresses changed, on okx', () => {
  let venues: Venues;
  const exchange = new ccxt.pro.okx();

  beforeAll(async () => {
    venues = await startVenues({
      clock: new SystemClock(),
      seed: 20261122,
      instruments: INSTRUMENTS,
      venues: ['okx'],
      rate: 4,
    });
    redirect(exchange.urls['api'], HOST, new URL(venues.addresses['okx']?.restUrl ?? '').host);
    // The library asks for this once before it opens a socket without TLS.
    await exchange.loadHttpProxyAgent();
  });
  afterAll(async () => {
    await exchange.close();
    await venues[Symbol.asyncDispose]();
  });

  it('loads the markets with their steps', async () => {
    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets).sort()).toEqual(['BTC/USDT', 'XRP/USDT']);
    expect(markets['BTC/USDT']?.precision).toMatchObject({ price: 0.1, amount: 0.00001 });
    expect(markets['XRP/USDT']).toMatchObject({ spot: true, active: true, precision: { price: 0.0001 } });
  });

  it.each(['trades', 'trades-all'])('watches %s, whose ids have no gap', async (channel) => {
    // The library logs in for single fills, which the venue does not ask for.
    if (channel === 'trades-all') exchange.authenticate = async () => undefined;
    const covered = new Map<number, number>();
    while (covered.size < 20) {
      const trades = await exchange.watchTrades('BTC/USDT', undefined, undefined, { channel });
      for (const { id, info } of trades)
        covered.set(Number(id), Number((info as { count?: string }).count ?? 1));
      expect(trades.at(-1)).toMatchObject({ symbol: 'BTC/USDT', price: NUMBER, amount: NUMBER });
    }
    const ids = [...covered].sort(([a], [b]) => a - b);
    for (const [index, [last, count]] of ids.entries())
      if (index > 0) expect(last - count).toBe(ids[index - 1]?.[0]);
  });

  it('watches tickers, and the best bid and ask, with a bid below the ask', async () => {
    const ticker = await exchange.watchTicker('XRP/USDT');
    expect(ticker.last).toBeGreaterThan(0.3);
    expect(ticker.bid).toBeLessThan(ticker.ask ?? 0);
    for (let i = 0; i < 20; i++) {
      const tickers = await exchange.watchBidsAsks(['BTC/USDT', 'XRP/USDT']);
      for (const one of Object.values(tickers)) expect(one.bid).toBeLessThan(one.ask ?? 0);
    }
  });

  it('watches the order book, whose bids stay below its asks', async () => {
    for (let i = 0; i < 30; i++) {
      const book = await exchange.watchOrderBook('BTC/USDT');
      expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    }
    expect((await exchange.watchOrderBook('BTC/USDT', 5)).asks).toHaveLength(5);
  });

  it('watches candles', async () => {
    const [candle] = await exchange.watchOHLCV('BTC/USDT', '1m');
    expect(candle?.[0]).toBeGreaterThan(exchange.milliseconds() - 2 * MINUTE_MS);
  });

  it('fetches the candles of a range in pages, each once, in order', async () => {
    const now = exchange.milliseconds();
    const since = Math.floor(now / MINUTE_MS) * MINUTE_MS - 600 * MINUTE_MS;
    const first = await exchange.fetchOHLCV('BTC/USDT', '1m', since, 200);
    const next = await exchange.fetchOHLCV('BTC/USDT', '1m', since + 200 * MINUTE_MS, 200);
    const starts = [...first, ...next].map((row) => Number(row[0]));
    expect(starts).toEqual(starts.map((_, i) => since + i * MINUTE_MS));
    expect(starts).toHaveLength(400);
    for (const [, open, high, low, close] of first as number[][]) {
      expect(high).toBeGreaterThanOrEqual(Math.max(open ?? 0, close ?? 0));
      expect(low).toBeLessThanOrEqual(Math.min(open ?? 0, close ?? 0));
    }
  });

  it('fetches trades, a ticker and the order book', async () => {
    expect(await exchange.fetchTrades('XRP/USDT', undefined, 5)).toHaveLength(5);
    expect(await exchange.fetchTicker('XRP/USDT')).toMatchObject({ symbol: 'XRP/USDT', last: NUMBER });
    expect((await exchange.fetchTickers())['BTC/USDT']).toMatchObject({ last: NUMBER });
    expect((await exchange.fetchOrderBook('BTC/USDT', 10)).bids).toHaveLength(10);
  });

  it('keeps every limit of the venue', () => {
    expect(venues.stats().venues['okx']?.breaches).toEqual({});
  });
});
