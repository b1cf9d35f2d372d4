import type { FrameTag } from '../server/connection.ts';

/** A recorded frame, read once, ready to be sent to whoever asked for it. */
export interface PreparedFrame {
  readonly atMicros: number;
  readonly text: string;
  /** Subscriptions that bring it; empty for a frame that every subscriber gets. */
  readonly keys: readonly string[];
  readonly tag: FrameTag;
  /** Trades, quotes or bars in it. */
  readonly values: number;
  /** Where the part begins and ends that differs by form (Binance: `data`; Coinbase: the sequence number). */
  readonly partFrom: number;
  readonly partTo: number;
}
