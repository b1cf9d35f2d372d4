import type { VenueLimits } from '../server/limits.ts';

/** Requests a path of REST takes from one address in two seconds. */
const REST: Readonly<Record<string, number>> = {
  time: 10,
  instruments: 20,
  tickers: 20,
  ticker: 20,
  books: 40,
  trades: 100,
  'history-trades': 20,
  candles: 40,
  'history-candles': 20,
};

/**
 * OKX v5: 3 connections a second from one address; 480 subscriptions and their ends an hour on one connection; 64 KB of channels in a request; a connection
 * is closed when for 30 s nothing has been pushed on it and its client has said nothing
 * (https://www.okx.com/docs-v5/en/#overview-websocket-connect). REST counts each path by itself
 * (https://www.okx.com/docs-v5/en/#order-book-trading-market-data): the limits `rest-…`.
 */
export const OKX_LIMITS: VenueLimits = {
  rules: {
    connects: { most: 3, windowMs: 1_000 },
    subscriptions: { most: 480, windowMs: 3_600_000 },
    'channel-bytes': { most: 64 * 1024 },
    'idle-ms': { most: 30_000 },
    ...Object.fromEntries(
      Object.entries(REST).map(([path, most]) => [`rest-${path}`, { most, windowMs: 2_000 }]),
    ),
  },
};
