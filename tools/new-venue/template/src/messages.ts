/**
 * REPLACE THIS with the venue's own frames, and say where they are documented and when it was read: https://docs.venue.example/ws (2026-01-31).
 *
 * The protocol that stands here is spoken by nobody. A client asks for streams by their keys, `trades:BTC-USD`, and each is confirmed. Prices and sizes are
 * texts, times RFC 3339 with microseconds. Ids of trades are contiguous integers of one symbol. The first frame of a stream says what was before.
 */
export interface TradesMessage {
  readonly type: 'trades';
  readonly symbol: string;
  readonly snapshot: boolean;
  /** Oldest first. */
  readonly trades: readonly TradeEntry[];
}

export interface TradeEntry {
  readonly id: number;
  readonly time: string;
  readonly price: string;
  readonly size: string;
  /** Of the taker. */
  readonly side: 'buy' | 'sell';
}

/** The whole top of the book; a side without orders is null. */
export interface QuoteMessage {
  readonly type: 'quote';
  readonly symbol: string;
  readonly snapshot: boolean;
  readonly time: string;
  /** Price and size. */
  readonly bid: readonly [string, string] | null;
  readonly ask: readonly [string, string] | null;
}

export interface BarMessage extends BarEntry {
  readonly type: 'bar';
  readonly symbol: string;
  readonly snapshot: boolean;
  /** When it was stated. */
  readonly time: string;
  readonly interval: string;
  readonly closed: boolean;
}

export interface BarEntry {
  readonly start: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** The answer to a request; `error` where it was refused. */
export interface ReplyMessage {
  readonly type: 'reply';
  readonly keys: readonly string[];
  readonly error?: string;
}

/** Types that are documented and carry nothing we keep. */
export const UNUSED_TYPES: ReadonlySet<string> = new Set(['depth', 'status']);
