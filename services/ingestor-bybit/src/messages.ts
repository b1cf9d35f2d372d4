/**
 * Frames of Bybit's public streams, version 5, as documented at https://bybit-exchange.github.io/docs/v5/websocket/public/trade (orderbook and kline
 * beside it, requests and their answers at …/docs/v5/ws/connect; read 2026-07-24). Prices and sizes are JSON strings, times milliseconds.
 */
export interface TopicMessage {
  /** `publicTrade.BTCUSDT`, `orderbook.1.BTCUSDT`, `kline.1.BTCUSDT`. */
  readonly topic: string;
  readonly type: 'snapshot' | 'delta';
  /** When the venue made the message. */
  readonly ts: number;
  readonly data: unknown;
}

/** One of up to 1,024 in a message, in the order of matching. */
export interface TradeEntry {
  /** When it was matched. */
  readonly T: number;
  readonly s: string;
  /** Side of the taker. */
  readonly S: 'Buy' | 'Sell';
  readonly v: string;
  readonly p: string;
  /** A UUID, for spot a number as text; nothing promises that numbers follow each other. */
  readonly i: string;
  /** Made outside the book as a block. */
  readonly BT: boolean;
  /** Met an order for retail price improvement. Absent before 2025. */
  readonly RPI?: boolean;
  /** Shared by all that one matching did, and across channels; not contiguous. Absent before 2025. */
  readonly seq?: number;
}

/** The whole top of the book. Sent again with the same `u` when it has not changed for 3 s; `u` 1 follows a restart of the service. */
export interface TopMessage extends TopicMessage {
  readonly data: {
    readonly s: string;
    /** At most one [price, size]; none where that side is empty. */
    readonly b: readonly (readonly [string, string])[];
    readonly a: readonly (readonly [string, string])[];
    readonly u: number;
    readonly seq: number;
  };
  /** When the matching engine made it; comparable to a trade's `T`. Absent before 2024. */
  readonly cts?: number;
}

export interface KlineEntry {
  readonly start: number;
  /** Minutes, or `D`. */
  readonly interval: string;
  readonly open: string;
  readonly close: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  /** In the quote currency. */
  readonly turnover: string;
  /** Closed. */
  readonly confirm: boolean;
  /** Of the last trade matched in it. */
  readonly timestamp: number;
}

/** The answer to a request names no topic but in an error's text: it repeats `req_id`, which therefore holds the topics. */
export interface ReplyMessage {
  readonly success: boolean;
  readonly ret_msg: string;
  readonly op: string;
  readonly req_id?: string;
}

/** Channels that are documented and carry nothing we keep. */
export const UNUSED_CHANNELS: ReadonlySet<string> = new Set([
  'orderbook',
  'tickers',
  'liquidation',
  'allLiquidation',
  'kline_lt',
  'tickers_lt',
  'lt',
  'insurance',
  'priceLimit',
  'adlAlert',
]);

/** A row of `/v5/market/recent-trade`, newest first (https://bybit-exchange.github.io/docs/v5/market/recent-trade). */
export interface RecentTrade {
  readonly execId: string;
  readonly price: string;
  readonly size: string;
  readonly side: 'Buy' | 'Sell';
  /** Milliseconds, as text. */
  readonly time: string;
  readonly isBlockTrade: boolean;
  readonly isRPITrade?: boolean;
  /** As text. */
  readonly seq?: string;
}
