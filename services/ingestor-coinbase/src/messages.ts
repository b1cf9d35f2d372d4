/**
 * Frames of Coinbase's Advanced Trade WebSocket, as documented at
 * https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels (read 2026-07). All numbers but `sequence_num` are
 * JSON strings.
 */
export interface Envelope {
  readonly channel: string;
  /** RFC 3339 with nanoseconds. */
  readonly timestamp: string;
  /** Counts the messages of the connection over all its channels, from 0. */
  readonly sequence_num: number;
  readonly events: readonly unknown[];
}

/** The one frame without a channel. */
export interface ErrorMessage {
  readonly type: 'error';
  readonly message: string;
}

export interface SubscriptionsEvent {
  /** Products by channel: all that the connection has, not only the newest. */
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
}

export interface MarketTradesEvent {
  readonly type: 'snapshot' | 'update';
  /** Newest first. */
  readonly trades: readonly MarketTrade[];
}

export interface MarketTrade {
  readonly product_id: string;
  /** Sequential integer per product, as text. */
  readonly trade_id: string;
  readonly price: string;
  readonly size: string;
  /** RFC 3339 with microseconds. */
  readonly time: string;
  /** Side of the **maker**. */
  readonly side: 'BUY' | 'SELL' | 'UNKNOWN_ORDER_SIDE';
}

export interface CandlesEvent {
  readonly type: 'snapshot' | 'update';
  readonly candles: readonly Candle[];
}

/** Five minutes long; there is no other on this channel. */
export interface Candle {
  readonly product_id: string;
  /** Seconds since 1970, as text. */
  readonly start: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

export interface Level2Event {
  readonly type: 'snapshot' | 'update';
  readonly product_id: string;
  readonly updates: readonly Level2Update[];
}

export interface Level2Update {
  readonly side: 'bid' | 'offer';
  /** RFC 3339 with up to microseconds. */
  readonly event_time: string;
  readonly price_level: string;
  /** 0 when the level is gone. */
  readonly new_quantity: string;
}

/** Channels that are documented and carry nothing we keep; they count in the sequence. */
export const UNUSED_CHANNELS: ReadonlySet<string> = new Set(['ticker', 'ticker_batch', 'status']);
