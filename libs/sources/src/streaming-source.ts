import type { Interval, Kind, Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import { NotConnected, NotOffered, type ConnectionEnd } from './errors.ts';
import type { Refusal } from './frame/frame.ts';
import type { History } from './history/history.ts';
import type { Listing } from './listing.ts';
import type { SessionCounters } from './session/session-writer.ts';
import type { RawRecord, StreamCheckpoint, StreamState } from './session/stream-state.ts';
import {
  AbstractDataSource,
  type HistoricalPage,
  type LiveSubscription,
  type SourceStatus,
  type StreamStatus,
} from './source.ts';
import type { Stream } from './venue.ts';

/** Counts what happens to a source; every method may be called often and must not throw. */
export interface SourceCounters extends SessionCounters {
  reconnect(reason: string): void;
  repair(kind: Kind, outcome: 'filled' | 'unrepairable'): void;
}

export const NO_COUNTERS: SourceCounters = {
  frame: () => undefined,
  records: () => undefined,
  refused: () => undefined,
  gap: () => undefined,
  venueError: () => undefined,
  reconnect: () => undefined,
  repair: () => undefined,
};

export interface StreamingSourceOptions {
  /** By canonical instrument id. It may gain and lose entries while the source runs. */
  readonly listings: ReadonlyMap<string, Listing>;
  /** The run's clock. */
  readonly clock: Clock;
  /** The machine's own clock; `clock` where there is no other. */
  readonly machineClock?: Clock;
  readonly logger: Logger;
  readonly replica: string;
  readonly counters?: SourceCounters;
  /** How far a stream was written before; undefined where nobody knows. */
  readonly resume?: (stream: Pick<Stream, 'listing' | 'kind' | 'window'>) => StreamCheckpoint | undefined;
}

/** What a subscription needs of its source, whatever the protocol. */
export interface SourceSurroundings extends Required<
  Pick<StreamingSourceOptions, 'clock' | 'machineClock' | 'logger' | 'replica' | 'counters' | 'resume'>
> {
  readonly kinds: readonly Kind[];
  /** Throws `NotOffered`. */
  listingOf(instrument: string): Listing;
  validate(record: RawRecord): Refusal | undefined;
  /** Called when a connection ended and another will be tried. Must not throw. */
  lost(outcome: { readonly end: ConnectionEnd; readonly message: string }): void;
}

export interface SourceSubscription extends LiveSubscription {
  /** Resolves when every connection is closed. */
  readonly ended: Promise<void>;
}

interface SessionStatus {
  readonly id: string;
  readonly state: StreamStatus['connection'];
}

/** Streams that are served together: what a status is told of. */
export interface ServedStreams {
  /** The session that is listened to. */
  readonly leader: SessionStatus | undefined;
  /** Those that are open or being opened. */
  readonly sessions: readonly SessionStatus[];
  readonly table: Iterable<StreamState>;
}

/** A source whose connections belong to its subscriptions: what is the same for every protocol. */
export abstract class StreamingDataSource<S extends SourceSubscription> extends AbstractDataSource {
  protected abstract readonly history: Pick<History, 'pages'>;
  protected readonly subscriptions = new Set<S>();
  protected readonly machineClock: Clock;
  readonly #options: StreamingSourceOptions;
  #open: AbortController | undefined;
  #reconnects = 0;
  #message: string | null = null;

  protected constructor(source: string, options: StreamingSourceOptions) {
    super(source);
    this.#options = options;
    this.machineClock = options.machineClock ?? options.clock;
  }

  /** Connections are closed when one of `signals` is aborted. */
  protected abstract subscription(around: SourceSurroundings, signals: readonly AbortSignal[]): S;

  protected abstract served(): readonly ServedStreams[];

  /** Opens no connection yet: subscriptions, and requests for history, open their own. */
  override async connect(): Promise<void> {
    this.#open ??= new AbortController();
  }

  override async disconnect(): Promise<void> {
    this.#open?.abort();
    this.#open = undefined;
    await Promise.all(Array.from(this.subscriptions, ({ ended }) => ended));
  }

  override getHistoricalData(
    instrument: string,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal?: AbortSignal,
  ): AsyncIterable<HistoricalPage> {
    if ((dataType === 'bars') !== (interval !== null)) {
      throw new NotOffered('bars are asked for with an interval, other data without one');
    }
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0)
      throw new NotOffered(`from and to are whole microseconds since 1970, got ${from} and ${to}`);
    const pages = this.history.pages(this.#listing(instrument), dataType, interval, from, to, signal);
    return signal === undefined ? pages : abortable(pages, signal);
  }

  override subscribeRealtime(
    instruments: readonly string[],
    dataTypes: readonly Kind[],
    signal?: AbortSignal,
  ): LiveSubscription {
    if (this.#open === undefined) throw new NotConnected(this.source);
    const { signal: closed } = this.#open;
    const refused = new AbortController();
    const signals = [closed, refused.signal, ...(signal === undefined ? [] : [signal])];
    const subscription = this.subscription(this.#surroundings(dataTypes), signals);
    this.subscriptions.add(subscription);
    void subscription.ended.finally(() => this.subscriptions.delete(subscription));
    try {
      subscription.add(instruments);
    } catch (error) {
      // What cannot be served opens nothing.
      refused.abort();
      throw error;
    }
    return subscription;
  }

  override status(): SourceStatus {
    const served = this.served();
    const states = served.map(({ leader }) => leader?.state ?? 'connecting');
    const isLive = states.every((state) => state === 'live');
    const isDown = states.every((state) => state === 'down');
    return {
      state: isDown ? 'DOWN' : isLive ? 'LIVE' : 'CONNECTING',
      sessions: served.flatMap(({ sessions }) => sessions.map(({ id }) => id)),
      reconnects: this.#reconnects,
      message: isLive ? null : this.#message,
      streams: served.flatMap(({ leader, table }) =>
        Array.from(table, (state) => ({
          state,
          session: leader?.id ?? null,
          connection: leader?.state ?? 'connecting',
        })),
      ),
    };
  }

  #surroundings(kinds: readonly Kind[]): SourceSurroundings {
    const { clock, logger, replica, counters = NO_COUNTERS, resume = () => undefined } = this.#options;
    return {
      kinds,
      clock,
      machineClock: this.machineClock,
      logger,
      replica,
      counters,
      resume,
      listingOf: (instrument) => this.#listing(instrument),
      validate: (record) => this.validateData(record),
      lost: ({ end, message }) => {
        this.#reconnects++;
        this.#message = `${end}: ${message}`;
        counters.reconnect(end);
      },
    };
  }

  #listing(instrument: string): Listing {
    const listing = this.#options.listings.get(instrument);
    if (listing === undefined) throw new NotOffered(`${this.source} does not list ${instrument}`);
    return listing;
  }
}

/** Whatever else the end of a request brings with it, once the signal is aborted its reason is thrown. */
async function* abortable<T>(pages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  try {
    for await (const page of pages) {
      yield page;
      signal.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
}
