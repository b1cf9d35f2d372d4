/**
 * Frames of Binance spot's market streams, as documented at
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams (2026-07-21). Prices and quantities are JSON strings;
 * times are milliseconds, or microseconds when the connection asked for `timeUnit=MICROSECOND`.
 */
export interface AggregateTradeMessage {
  readonly e: 'aggTrade';
  /** Event time. */
  readonly E: number;
  readonly s: string;
  /** Aggregate trade id. */
  readonly a: number;
  readonly p: string;
  readonly q: string;
  /** First and last trade id it covers. */
  readonly f: number;
  readonly l: number;
  /** Trade time. */
  readonly T: number;
  /** True when the buyer was the maker, so that the taker sold. */
  readonly m: boolean;
}

export interface TradeMessage {
  readonly e: 'trade';
  readonly E: number;
  readonly s: string;
  /** Trade id. */
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** Carries neither a time nor an event type. */
export interface BookTickerMessage {
  /** Order book update id. */
  readonly u: number;
  readonly s: string;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

export interface KlineMessage {
  readonly e: 'kline';
  readonly E: number;
  readonly s: string;
  readonly k: {
    /** Start of the window. */
    readonly t: number;
    readonly i: string;
    readonly o: string;
    readonly c: string;
    readonly h: string;
    readonly l: string;
    readonly v: string;
    /** Number of trades. */
    readonly n: number;
    /** Closed. */
    readonly x: boolean;
    readonly q: string;
    /** Taker buy volume. */
    readonly V: string;
  };
}

/** Answer to a method call; `result` is null on success. */
export interface ReplyMessage {
  readonly id?: number | string | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly msg: string };
}

/** A frame of the combined endpoint (`/stream`); `/ws` sends `data` alone. */
export interface CombinedMessage {
  readonly stream: string;
  readonly data: unknown;
}

/** Event types of streams that are documented and carry nothing we keep. */
export const UNUSED_EVENTS: ReadonlySet<string> = new Set([
  'depthUpdate',
  '24hrTicker',
  '24hrMiniTicker',
  '1hTicker',
  '4hTicker',
  '1dTicker',
  'avgPrice',
  'blockTrade',
  'referencePrice',
]);
