import type { VenueLimits } from '../server/limits.ts';

/**
 * Coinbase Advanced Trade: WebSocket (https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-rate-limits),
 * without a key; public REST (https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/rest-api). A client must subscribe within
 * five seconds. Channels that have been idle for 60 to 90 seconds are closed, which `heartbeats` prevents: 75 here.
 */
export const COINBASE_LIMITS: VenueLimits = {
  rules: {
    connects: { most: 8, windowMs: 1_000 },
    'address-messages': { most: 8, windowMs: 1_000 },
    'subscribe-ms': { most: 5_000 },
    'idle-ms': { most: 75_000 },
    requests: { most: 10, windowMs: 1_000 },
  },
};
