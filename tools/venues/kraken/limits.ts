import type { VenueLimits } from '../server/limits.ts';

/**
 * Kraken: about 150 attempts to connect in ten minutes from one address, which Cloudflare keeps in front of it
 * (https://docs.kraken.com/exchange/guides/websockets/introduction); public REST at one request a second
 * (https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits). Short bursts pass at the venue: what is counted here
 * is ten seconds.
 */
export const KRAKEN_LIMITS: VenueLimits = {
  rules: {
    connects: { most: 150, windowMs: 600_000 },
    requests: { most: 10, windowMs: 10_000 },
  },
};
