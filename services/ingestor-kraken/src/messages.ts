/**
 * Frames of Kraken's WebSocket API v2, as documented at https://docs.kraken.com/api/docs/websocket-v2/trade (ticker, ohlc, status,
 * heartbeat beside it; read 2026-07). Numbers are JSON numbers; the fields below hold their text, as the exact reader leaves it.
 */
export interface TradeEntry {
  readonly symbol: string;
  /** Side of the taker: `buy` or `sell`. */
  readonly side: string;
  readonly price: string;
  readonly qty: string;
  /** Sequential integer per pair. */
  readonly trade_id: string;
  /** RFC 3339 with microseconds. */
  readonly timestamp: string;
}

export interface TickerEntry {
  readonly symbol: string;
  readonly bid: string;
  readonly bid_qty: string;
  readonly ask: string;
  readonly ask_qty: string;
  /** Absent before 2026. */
  readonly timestamp?: string;
}

export interface CandleEntry {
  readonly symbol: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly trades: string;
  readonly volume: string;
  readonly vwap: string;
  /** RFC 3339 with nanoseconds. */
  readonly interval_begin: string;
  /** Minutes. */
  readonly interval: string;
}

export interface ReplyMessage {
  readonly method: string;
  readonly success: boolean;
  readonly result?: { readonly channel: string; readonly symbol: string };
  readonly error?: string;
  readonly symbol?: string;
  /** As the request had it. */
  readonly req_id?: string;
}

/** Channels that are documented and carry nothing we keep. */
export const UNUSED_CHANNELS: ReadonlySet<string> = new Set(['status', 'book', 'instrument', 'level3']);

/** Methods whose replies need no answer. */
export const UNUSED_METHODS: ReadonlySet<string> = new Set(['unsubscribe']);
