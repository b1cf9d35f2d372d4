import type { Interval, Kind, Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import { webSockets, type OpenSocket } from './connection.ts';
import { NotConnected, NotOffered } from '../errors.ts';
import { EventQueue } from './event-queue.ts';
import type { SourceEvent } from '../events.ts';
import type { History } from '../history/history.ts';
import type { Listing } from '../listing.ts';
import { Pacer } from './pacer.ts';
import { SessionLoop } from './session-loop.ts';
import type { SessionOutcome } from './session.ts';
import type { SessionCounters } from './session-writer.ts';
import { AbstractDataSource, type HistoricalPage, type SourceStatus, type StreamStatus } from '../source.ts';
import { SOCKET_RHYTHM, StreamWatch } from './staleness.ts';
import { StreamState } from './stream-state.ts';
import type { ConnectionPlan, Venue } from '../venue.ts';

/** Records read and not yet taken before the sockets are paused. */
const QUEUE_RECORDS_MAX = 20_000;

/** Counts what happens to a source; every method may be called often and must not throw. */
export interface SourceCounters extends SessionCounters {
  reconnect(reason: string): void;
}

export const NO_COUNTERS: SourceCounters = {
  frame: () => undefined,
  records: () => undefined,
  refused: () => undefined,
  gap: () => undefined,
  venueError: () => undefined,
  reconnect: () => undefined,
};

export interface WebSocketSourceOptions {
  readonly listings: readonly Listing[];
  readonly clock: Clock;
  /** The machine's own clock; `clock` where there is no other. */
  readonly machineClock?: Clock;
  readonly logger: Logger;
  readonly replica: string;
  readonly counters?: SourceCounters;
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
  readonly #listings: ReadonlyMap<string, Listing>;
  readonly #loops = new Set<{ readonly loop: SessionLoop; readonly states: readonly StreamState[] }>();
  readonly #connects: Pacer;
  #open: AbortController | undefined;
  #subscriptions = new Set<Promise<void>>();
  #reconnects = 0;
  #message: string | null = null;

  protected constructor(venue: Venue, history: History, options: WebSocketSourceOptions) {
    super(venue.source);
    this.#venue = venue;
    this.#history = history;
    this.#options = options;
    this.#machineClock = options.machineClock ?? options.clock;
    this.#openSocket = options.openSocket ?? webSockets(this.#machineClock);
    this.#listings = new Map(options.listings.map((listing) => [listing.instrument, listing]));
    this.#connects = new Pacer(this.#machineClock, venue.limits.connectGapMs);
  }

  /** Opens no socket yet: a venue's streams stand in the URL, or must be asked for within seconds. */
  override async connect(): Promise<void> {
    this.#open ??= new AbortController();
  }

  override async disconnect(): Promise<void> {
    this.#open?.abort();
    this.#open = undefined;
    await Promise.all(this.#subscriptions);
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

  override async *subscribeRealtime(
    instruments: readonly string[],
    dataTypes: readonly Kind[],
    signal?: AbortSignal,
  ): AsyncGenerator<readonly SourceEvent[], void, undefined> {
    if (this.#open === undefined) throw new NotConnected(this.source);
    const listings = instruments.map((instrument) => this.#listing(instrument));
    const stop = new AbortController();
    const stopped = AbortSignal.any([
      stop.signal,
      this.#open.signal,
      ...(signal === undefined ? [] : [signal]),
    ]);
    const loops: SessionLoop[] = [];
    const queue = new EventQueue<SourceEvent>(this.#options.queueRecordsMax ?? QUEUE_RECORDS_MAX, {
      full: () => loops.forEach((loop) => loop.pause()),
      room: () => loops.forEach((loop) => loop.resume()),
    });
    const plans = this.#venue.connections(listings, dataTypes);
    const ended = Promise.all(plans.map((plan) => this.#runLoop(plan, queue, loops, stopped))).then(
      () => queue.close(),
      (error: unknown) => queue.fail(error),
    );
    this.#subscriptions.add(ended);
    try {
      yield* queue;
    } finally {
      stop.abort();
      await ended;
      this.#subscriptions.delete(ended);
    }
  }

  override status(): SourceStatus {
    const loops = [...this.#loops];
    const streams = loops.flatMap(({ loop, states }) => states.map((state) => streamStatus(loop, state)));
    const connections = loops.map(({ loop }) => loop.session?.state ?? 'connecting');
    const live = connections.filter((state) => state === 'live').length;
    const down = connections.every((state) => state === 'down');
    return {
      state: down ? 'DOWN' : live === connections.length ? 'LIVE' : 'CONNECTING',
      sessions: loops.flatMap(({ loop }) => (loop.session === undefined ? [] : [loop.session.id])),
      reconnects: this.#reconnects,
      message: live === connections.length ? null : this.#message,
      streams,
    };
  }

  async #runLoop(
    plan: ConnectionPlan,
    queue: EventQueue<SourceEvent>,
    loops: SessionLoop[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, replica, counters = NO_COUNTERS } = this.#options;
    const states = plan.streams.map((stream) => new StreamState(stream, this.#machineClock.monotonicMs()));
    const loop = new SessionLoop(plan, {
      venue: this.#venue,
      clock,
      machineClock: this.#machineClock,
      logger,
      replica,
      counters,
      states,
      watch: new StreamWatch(SOCKET_RHYTHM, this.#machineClock.monotonicMs()),
      openSocket: this.#openSocket,
      connects: this.#connects,
      emit: (event, weight) => queue.push(event, weight),
      validate: (record) => this.validateData(record),
      lost: (outcome) => this.#lost(outcome, counters),
    });
    loops.push(loop);
    const entry = { loop, states };
    this.#loops.add(entry);
    try {
      await loop.run(signal);
    } finally {
      this.#loops.delete(entry);
    }
  }

  #lost(outcome: SessionOutcome, counters: SourceCounters): void {
    this.#reconnects++;
    this.#message = `${outcome.end}: ${outcome.message}`;
    counters.reconnect(outcome.end);
  }

  #listing(instrument: string): Listing {
    const listing = this.#listings.get(instrument);
    if (listing === undefined) throw new NotOffered(`${this.source} does not list ${instrument}`);
    return listing;
  }
}

function streamStatus(loop: SessionLoop, state: StreamState): StreamStatus {
  return { state, session: loop.session?.id ?? null, connection: loop.session?.state ?? 'connecting' };
}
