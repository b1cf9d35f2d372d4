import type { VenueLimits } from '../server/limits.ts';

/**
 * Bybit v5: addresses (https://bybit-exchange.github.io/docs/v5/rate-limit) and public streams
 * (https://bybit-exchange.github.io/docs/v5/ws/connect), read 2026-07-24. `args` of one request are limited for spot alone, their characters on
 * one connection for all. A connection on which nothing was sent either way is cut after ten minutes.
 */
export const BYBIT_LIMITS: VenueLimits = {
  rules: {
    connects: { most: 500, windowMs: 300_000 },
    connections: { most: 1_000 },
    args: { most: 10 },
    'args-characters': { most: 21_000 },
    'idle-ms': { most: 600_000 },
    requests: { most: 600, windowMs: 5_000 },
  },
};

/** Who asks REST too often is refused for this long, whatever it does. */
export const BAN_MICROS = 600_000_000;
