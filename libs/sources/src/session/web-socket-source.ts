import type { Interval, Kind, Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import { webSockets, type OpenSocket } from './connection.ts';
import { Endpoints } from './endpoints.ts';
import { NotConnected, NotOffered } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { Listing } from '../listing.ts';
import type { IdInterval } from './gaps.ts';
import type { Line } from './line.ts';
import { Pacer } from './pacer.ts';
import type { SessionOutcome } from './session.ts';
import type { SessionCounters } from './session-writer.ts';
import {
  AbstractDataSource,
  type HistoricalPage,
  type LiveSubscription,
  type SourceStatus,
  type StreamStatus,
} from '../source.ts';
import type { StreamCheckpoint, StreamState } from './stream-state.ts';
import { WebSocketSubscription } from './subscription.ts';
import type { Stream, Venue } from '../venue.ts';

/** Records read and not yet taken before the sockets are paused. */
const QUEUE_RECORDS_MAX = 5_000;

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

export interface WebSocketSourceOptions {
  /** By canonical instrument id. It may gain and lose entries while the source runs. */
  readonly listings: ReadonlyMap<string, Listing>;
  readonly clock: Clock;
  /** The machine's own clock; `clock` where there is no other. */
  readonly machineClock?: Clock;
  readonly logger: Logger;
  readonly replica: string;
  readonly counters?: SourceCounters;
  /** How far a stream was written before; undefined where nobody knows. */
  readonly resume?: (stream: Pick<Stream, 'listing' | 'kind'>) => StreamCheckpoint | undefined;
  /** Sockets side by side for the same streams; default 1. */
  readonly sockets?: number;
  /** Replaced in tests. */
  readonly openSocket?: OpenSocket;
  readonly queueRecordsMax?: number;
}

/** A source whose streams come over WebSockets: all that its venue does not supply itself. */
export abstract class WebSocketDataSource extends AbstractDataSource {
  readonly #venue: Venue;
  readonly #history: History;
  readonly #options: WebSocketSourceOptions;
  readonly #machineClock: Clock;
  readonly #openSocket: OpenSocket;
  readonly #endpoints: Endpoints;
  readonly #messages: Pacer;
  readonly #subscriptions = new Set<WebSocketSubscription>();
  #open: AbortController | undefined;
  #reconnects = 0;
  #message: string | null = null;

  protected constructor(venue: Venue, history: History, options: WebSocketSourceOptions) {
    super(venue.source);
    this.#venue = venue;
    this.#history = history;
    this.#options = options;
    this.#machineClock = options.machineClock ?? options.clock;
    this.#openSocket = options.openSocket ?? webSockets(this.#machineClock);
    this.#messages = new Pacer(this.#machineClock, venue.limits.messageGapMs);
    this.#endpoints = new Endpoints({
      urls: venue.endpoints,
      clock: this.#machineClock,
      logger: options.logger,
      connectGapMs: venue.limits.connectGapMs,
    });
  }

  /** Opens no socket yet: a venue's streams stand in the URL, or must be asked for within seconds. */
  override async connect(): Promise<void> {
    this.#open ??= new AbortController();
  }

  override async disconnect(): Promise<void> {
    this.#open?.abort();
    this.#open = undefined;
    await Promise.all(Array.from(this.#subscriptions, ({ ended }) => ended));
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
    return this.#history.pages(this.#listing(instrument), dataType, interval, from, to, signal);
  }

  override subscribeRealtime(
    instruments: readonly string[],
    dataTypes: readonly Kind[],
    signal?: AbortSignal,
  ): LiveSubscription {
    if (this.#open === undefined) throw new NotConnected(this.source);
    const { clock, logger, replica, counters = NO_COUNTERS, sockets = 1 } = this.#options;
    const subscription = new WebSocketSubscription(
      {
        venue: this.#venue,
        history: this.#history,
        kinds: dataTypes,
        clock,
        machineClock: this.#machineClock,
        logger,
        replica,
        counters,
        sockets,
        openSocket: this.#openSocket,
        endpoints: this.#endpoints,
        messages: this.#messages,
        queueRecordsMax: this.#options.queueRecordsMax ?? QUEUE_RECORDS_MAX,
        listingOf: (instrument) => this.#listing(instrument),
        resume: (stream) => this.#options.resume?.(stream),
        validate: (record) => this.validateData(record),
        lost: (outcome) => this.#lost(outcome, counters),
        done: (kind, outcome) => counters.repair(kind, outcome),
      },
      signal === undefined ? [this.#open.signal] : [this.#open.signal, signal],
    );
    this.#subscriptions.add(subscription);
    void subscription.ended.finally(() => this.#subscriptions.delete(subscription));
    subscription.add(instruments);
    return subscription;
  }

  override refetch(kind: Kind, instrument: string, ids: IdInterval): void {
    for (const subscription of this.#subscriptions) subscription.refetch(kind, instrument, ids);
  }

  override status(): SourceStatus {
    const lines = [...this.#subscriptions].flatMap(({ pool }) => [...pool.lines]);
    const streams = lines.flatMap((line) => Array.from(line.table, (state) => streamStatus(line, state)));
    const connections = lines.map(({ leader }) => leader?.state ?? 'connecting');
    const live = connections.filter((state) => state === 'live').length;
    const down = connections.every((state) => state === 'down');
    return {
      state: down ? 'DOWN' : live === connections.length ? 'LIVE' : 'CONNECTING',
      sessions: lines.flatMap(({ sessions }) => sessions.map(({ id }) => id)),
      reconnects: this.#reconnects,
      message: live === connections.length ? null : this.#message,
      streams,
    };
  }

  #lost(outcome: SessionOutcome, counters: SourceCounters): void {
    this.#reconnects++;
    this.#message = `${outcome.end}: ${outcome.message}`;
    counters.reconnect(outcome.end);
  }

  #listing(instrument: string): Listing {
    const listing = this.#options.listings.get(instrument);
    if (listing === undefined) throw new NotOffered(`${this.source} does not list ${instrument}`);
    return listing;
  }
}

function streamStatus({ leader }: Line, state: StreamState): StreamStatus {
  return { state, session: leader?.id ?? null, connection: leader?.state ?? 'connecting' };
}
