import { SystemClock } from '@concord/runtime';
import ccxt, { type Exchange } from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVenues, type Venues } from '../index.ts';
import { redirect } from '../server/test-ccxt.ts';
import { INSTRUMENTS } from './testing/instruments.ts';

const MINUTE_MS = 60_000;
const NUMBER = expect.any(Number) as unknown as number;
/** The library puts the venue's domain in for the name in braces. */
const HOST = /(\w+):\/\/[\w.-]*(?:\{hostname\}|bybit\.com)/;

describe('ccxt, with nothing but the addresses changed, on bybit', () => {
  let venues: Venues;
  let exchange: Exchange;

  beforeAll(async () => {
    const clock = new SystemClock();
    venues = await startVenues({
      clock,
      seed: 20261122,
      venues: ['bybit'],
      instruments: INSTRUMENTS,
      rate: 4,
    });
    exchange = new ccxt.pro.bybit();
    redirect(exchange.urls['api'], HOST, new URL(venues.addresses['bybit']?.restUrl ?? '').host);
    // The library asks for this once before it opens a socket without TLS.
    await exchange.loadHttpProxyAgent();
  });
  afterAll(async () => {
    await exchange.close();
    await venues[Symbol.asyncDispose]();
  });

  it('loads the markets with their steps', async () => {
    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets).sort()).toEqual(['BTC/USDT', 'BTC/USDT:USDT', 'XRP/USDT', 'XRP/USDT:USDT']);
    expect(markets['BTC/USDT']).toMatchObject({ spot: true, precision: { price: 0.1, amount: 0.000001 } });
    expect(markets['XRP/USDT:USDT']).toMatchObject({ linear: true, precision: { price: 0.0001 } });
  });

  it('watches trades, whose ids have no gap', async () => {
    const ids: number[] = [];
    while (ids.length < 20) {
      const trades = await exchange.watchTrades('BTC/USDT');
      ids.push(...trades.map((trade) => Number(trade.id)));
      expect(trades.at(-1)).toMatchObject({ symbol: 'BTC/USDT', price: NUMBER, amount: NUMBER });
    }
    const seen = [...new Set(ids)].sort((a, b) => a - b);
    expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
  });

  it('watches the trades of a contract', async () => {
    const [trade] = await exchange.watchTrades('BTC/USDT:USDT');
    expect(trade).toMatchObject({ symbol: 'BTC/USDT:USDT', price: NUMBER });
  });

  it('watches tickers, and the best bid below the best ask', async () => {
    expect((await exchange.watchTicker('XRP/USDT')).last).toBeGreaterThan(0.3);
    const tickers = await exchange.watchBidsAsks(['BTC/USDT', 'XRP/USDT']);
    expect(Object.values(tickers).length).toBeGreaterThan(0);
    for (const ticker of Object.values(tickers)) expect(ticker.bid).toBeLessThan(ticker.ask ?? 0);
  });

  it('watches the order book, whose bids stay below its asks', async () => {
    for (let i = 0; i < 30; i++) {
      const book = await exchange.watchOrderBook('XRP/USDT');
      expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    }
  });

  it('watches candles', async () => {
    const [candle] = await exchange.watchOHLCV('XRP/USDT', '1m');
    expect(candle).toEqual([NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER]);
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

  it('fetches trades, a ticker, an order book and the time', async () => {
    expect(await exchange.fetchTrades('XRP/USDT', undefined, 5)).toHaveLength(5);
    expect(await exchange.fetchTicker('XRP/USDT')).toMatchObject({
      symbol: 'XRP/USDT',
      last: NUMBER,
      bid: NUMBER,
    });
    expect((await exchange.fetchOrderBook('BTC/USDT', 10)).bids).toHaveLength(10);
    expect(Math.abs(((await exchange.fetchTime()) ?? 0) - exchange.milliseconds())).toBeLessThan(5_000);
  });
});
