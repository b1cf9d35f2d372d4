import { ConcordError, type Fate, type Interval, type Kind, type Micros } from '@concord/model';
import type { RawBar, RawTrade } from '@concord/codec';
import type { SourceEvent } from './events.ts';
import { ConnectionFailed, HistoryFailed } from './errors.ts';
import type { Refusal } from './frame/frame.ts';
import type { IdInterval } from './session/gaps.ts';
import type { RawRecord, StreamState } from './session/stream-state.ts';
import { checkRecord } from './frame/validation.ts';

/** A running subscription. Instruments come and go without a break for the others. */
export interface LiveSubscription extends AsyncIterable<readonly SourceEvent[]> {
  /** Those it has are left alone. Throws `NotOffered`. */
  add(instruments: readonly string[]): void;
  /** Those it does not have are left alone. */
  remove(instruments: readonly string[]): void;
}

/** What to do about an error that a source met. */
export interface ErrorDecision {
  readonly fate: Fate;
  readonly code: string;
  /** Not before this long, where the venue asked for it. */
  readonly retryAfterMs: number | null;
}

/** One page of history, oldest record first. */
export type HistoricalPage = readonly (RawTrade | RawBar)[];

/** Where one source stands. */
export interface SourceStatus {
  readonly state: 'CONNECTING' | 'LIVE' | 'DOWN';
  /** The sessions that are open or being opened. */
  readonly sessions: readonly string[];
  readonly reconnects: number;
  readonly message: string | null;
  readonly streams: readonly StreamStatus[];
}

export interface StreamStatus {
  readonly state: StreamState;
  readonly session: string | null;
  readonly connection: 'connecting' | 'live' | 'down';
}

/**
 * The contract of every source of market data, whatever its protocol. Life: `connect`, then any number of `subscribeRealtime` and `getHistoricalData`, then `disconnect`.
 * What it tells is in the common format and in the order in which it is to be logged; nothing it tells was made up.
 */
export abstract class AbstractDataSource implements AsyncDisposable {
  readonly source: string;

  protected constructor(source: string) {
    this.source = source;
  }

  /**
   * Makes the source ready for subscriptions and requests. Sources whose connections belong to subscriptions open them there.
   * Calling it twice is harmless.
   */
  abstract connect(signal?: AbortSignal): Promise<void>;

  /** Ends every subscription and closes every connection; resolves when all are closed. Calling it twice is harmless. */
  abstract disconnect(): Promise<void>;

  /**
   * Past records of one instrument in [from, to), page after page, oldest first, with origin BACKFILL. `interval` is for bars only, and
   * must be one that the venue offers. Only what ends without an error is all that happened: where the venue does not have a part of it, the rest is told, then `NotOffered` is
   * thrown with the time from which on it is whole. `HistoryFailed` when it cannot be had now. Once `signal` is aborted, the reason of the signal and nothing else, as `fetch`
   * does: an `AbortError` unless `abort` was given another.
   */
  abstract getHistoricalData(
    instrument: string,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal?: AbortSignal,
  ): AsyncIterable<HistoricalPage>;

  /**
   * Live records and markers of these instruments, in batches: all that came since the last batch was asked for. It lives through
   * reconnects, and fetches what was missed meanwhile where the venue still has it. It ends after `signal`, `disconnect` or the reader's `break`, with a last marker for each
   * session. A reader that does not come back for more makes the source stop reading its sockets. Throws `NotConnected`, `NotOffered`.
   */
  abstract subscribeRealtime(
    instruments: readonly string[],
    dataTypes: readonly Kind[],
    signal?: AbortSignal,
  ): LiveSubscription;

  /** Ids of records that this source told and that were lost after it: they are fetched again where the venue still has them. */
  abstract refetch(kind: Kind, instrument: string, ids: IdInterval): void;

  abstract status(): SourceStatus;

  /** What is wrong with a record by the rules of the common format; `undefined` when nothing is. */
  validateData(record: RawRecord): Refusal | undefined {
    return checkRecord(record);
  }

  /** What to do about an error: a venue with codes of its own extends this. */
  handleErrors(error: unknown): ErrorDecision {
    if (error instanceof ConnectionFailed || error instanceof HistoryFailed) {
      return { fate: error.fate, code: error.code, retryAfterMs: error.retryAfterMs };
    }
    if (error instanceof ConcordError) return { fate: error.fate, code: error.code, retryAfterMs: null };
    return { fate: 'fatal', code: 'unexpected', retryAfterMs: null };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }
}
