import type { VenueLimits } from '../server/limits.ts';

/**
 * Binance spot (documentation of 2026-07-21): streams
 * (https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams) and REST
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits). Whoever goes on after a 429 is banned with 418: see
 * `RequestWeights`.
 */
export const BINANCE_LIMITS: VenueLimits = {
  rules: {
    connects: { most: 300, windowMs: 300_000 },
    messages: { most: 5, windowMs: 1_000 },
    streams: { most: 1_024 },
    'pong-ms': { most: 60_000 },
    weight: { most: 6_000, windowMs: 60_000, isAligned: true },
    // How many requests after a 429 are forgiven is not documented.
    'ignored-waits': { most: 5 },
    requests: { most: 61_000, windowMs: 300_000, isAligned: true },
  },
  pingEveryMs: 20_000,
  countsControlFrames: true,
};
