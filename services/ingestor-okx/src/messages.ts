/**
 * Frames of OKX's WebSocket API v5 (https://www.okx.com/docs-v5/en/#order-book-trading-market-data, 2026-01-15). Prices, sizes, ids and
 * times are JSON strings; times are milliseconds.
 */
export interface ChannelArgument {
  readonly channel: string;
  readonly instId: string;
}

/** What a subscription brings. `action` stands in frames of order books alone. */
export interface PushMessage {
  readonly arg: ChannelArgument;
  readonly data: readonly unknown[];
}

/** An entry of `trades` or `trades-all`. */
export interface TradeEntry {
  readonly instId: string;
  /** The last of the fills that were merged: 123 with `count` 3 covers 121, 122 and 123. */
  readonly tradeId: string;
  readonly px: string;
  readonly sz: string;
  /** Of the taker. */
  readonly side: 'buy' | 'sell';
  /** When it was filled. */
  readonly ts: string;
  /** Number of fills merged: those of one taker order at one price. Of `trades` alone, and not in its first years. */
  readonly count?: string;
  /** Sequence of the market's messages; several trades of one instant may share it. Of `trades` alone. */
  readonly seqId?: number;
}

/** Price, size, a number out of use, and the number of orders there. */
export type BookLevel = readonly [string, string, string, string];

/** The entry of a `bbo-tbt` frame: a side without orders is an empty list. */
export interface BestEntry {
  readonly asks: readonly BookLevel[];
  readonly bids: readonly BookLevel[];
  /** When it was pushed. */
  readonly ts: string;
  /** Number of the book's change: the same for everybody, repeated when nothing has changed for a minute, and lower after a maintenance. */
  readonly seqId: number;
}

/** As far as it is used. An empty side is sent as empty text. */
export interface TickerEntry {
  readonly instId: string;
  readonly askPx: string;
  readonly askSz: string;
  readonly bidPx: string;
  readonly bidSz: string;
  readonly ts: string;
}

/** Start, open, high, low, close, volume, its value in two ways (the last in the quote currency), and whether it is closed (`1`). */
export type CandleEntry = readonly [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  '0' | '1',
];

/** An answer to a request, or a word of the venue's own. */
export interface EventMessage {
  /** `subscribe`, `unsubscribe`, `error`, `notice` and some more. */
  readonly event: string;
  readonly arg?: ChannelArgument;
  readonly code?: string;
  readonly msg?: string;
}

/** The notice that the connection will soon be closed for an upgrade of the service. */
export const UPGRADE_CODE = '64008';

/** Events that say nothing we keep. */
export const UNUSED_EVENTS: ReadonlySet<string> = new Set(['unsubscribe', 'login', 'channel-conn-count']);

/** Channels that are documented and carry nothing we keep. */
export const UNUSED_CHANNELS: ReadonlySet<string> = new Set([
  'books',
  'books5',
  'books50-l2-tbt',
  'books-l2-tbt',
  'books-elp',
  'books-rpi',
  'option-trades',
  'call-auction-details',
  'instruments',
  'open-interest',
  'funding-rate',
  'price-limit',
  'opt-summary',
  'estimated-price',
  'mark-price',
  'index-tickers',
  'liquidation-orders',
  'adl-warning',
  'economic-calendar',
  'status',
]);
