import type { Codec, GapMarker, RepairMarker } from '@concord/codec';
import { ConcordError, INTERVALS, type Interval, type Kind, type Micros } from '@concord/model';
import type { Clock, ConcordConfig, Logger, VenueConfig } from '@concord/runtime';
import type { Registry } from 'prom-client';
import type { RestCounters } from '../history/rest-host.ts';
import { IngestorMetrics } from './ingestor-metrics.ts';
import { Acknowledged } from './acknowledged.ts';
import { coverageBefore } from './known-checkpoints.ts';
import { afterLastWord } from './last-word.ts';
import { absenceMarkers, afterAbsence, openHoleMarkers } from './long-absence.ts';
import { listingsOf } from '../listing.ts';
import type { OpenRawSink, RawSink } from './raw-sink.ts';
import { RawWriter } from './raw-writer.ts';
import { Roster } from './roster.ts';
import { SourceStates } from './source-states.ts';
import type { AbstractDataSource, LiveSubscription, SourceStatus, StreamStatus } from '../source.ts';
import { newSessionId } from '../session/session-id.ts';
import { placeOf, targetOf, type StreamPlace } from '../session/stream-markers.ts';
import type { StreamCheckpoint, StreamState } from '../session/stream-state.ts';
import type { Stream } from '../venue.ts';
import type { SourceCounters, StreamingSourceOptions } from '../streaming-source.ts';

/** What a venue's folder gives to be run as an ingestor. */
export interface VenueModule {
  /** Name of the source, the key under `venues` in the configuration. */
  readonly source: string;
  /**
   * Its trades bear nothing by which a repetition is known, so that no two replicas may serve a stream at once: whoever has it breaks before the next one makes.
   * Default false.
   */
  readonly servesAlone?: boolean;
  /** Makes the data source. Throws `BadOptions` for options it does not know. */
  createSource(options: DataSourceOptions): AbstractDataSource;
}

export interface DataSourceOptions extends StreamingSourceOptions {
  readonly venue: VenueConfig;
  readonly counters?: SourceCounters & Partial<RestCounters>;
  /** Sockets side by side for the same streams; default 1. */
  readonly sockets?: number;
}

export interface IngestorOptions {
  readonly config: Pick<ConcordConfig, 'instruments' | 'venues'>;
  readonly venue: VenueModule;
  /** The run's clock. */
  readonly clock: Clock;
  /** The machine's own clock; `clock` where there is no other. */
  readonly machineClock?: Clock;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly codec: Pick<Codec, 'encode'>;
  /** Unique among replicas of this ingestor. */
  readonly replica: string;
  readonly openSink: OpenRawSink;
  /** What is served, now and later; all that the configuration lists unless given. */
  readonly roster?: Roster;
  /** How far a stream was written before; undefined where nobody knows. */
  readonly resume?: NonNullable<DataSourceOptions['resume']>;
  /** Queued records above which the source is not read on. */
  readonly highWaterRecords?: number;
}

export interface Ingestor extends AsyncDisposable {
  /** Resolves when, after `signal`, everything read has been handed to Kafka; rejects when the source cannot be run at all. */
  run(signal: AbortSignal): Promise<void>;
  status(): IngestorStatus;
  /** What is subscribed. */
  streams(): readonly Stream[];
}

/** Where an ingestor stands, ready to be shown as JSON. Counts are of its whole life. */
export interface IngestorStatus {
  readonly source: string;
  readonly state: SourceStatus['state'];
  readonly message: string | null;
  readonly sessions: readonly string[];
  /** Records received, by instrument and data type. */
  readonly instruments: Readonly<Record<string, Readonly<Partial<Record<Kind, number>>>>>;
  readonly refused: number;
  readonly gaps: number;
  readonly missingIds: number;
  readonly dropped: number;
  readonly reconnects: number;
  /** Keys of streams that are silent beyond their rhythm, and of those that the venue rejected. */
  readonly stale: readonly string[];
  readonly rejected: readonly string[];
  /** Records that wait for Kafka, and how long the oldest of them has. */
  readonly queued: number;
  readonly oldestAgeMs: number;
}

const HIGH_WATER_RECORDS = 5_000;
/**
 * How long the sockets stay paused for a full buffer. Longer, and a venue cuts off a client that answers no ping; then what it would have sent is lost
 * without being counted. So reading goes on, the buffer drops, and the loss is counted.
 */
const PAUSE_MS_MAX = 10_000;
const PAUSE_STEP_MS = 10;
const YEAR: Micros = 365 * INTERVALS['1d'];

type ResumedStream = Pick<Stream, 'listing' | 'kind' | 'window'>;

/** One venue's ingestor: source → codec → raw topics, with its states on `sources`. */
export function createIngestor(options: IngestorOptions): Ingestor {
  return new VenueIngestor(options);
}

class VenueIngestor implements Ingestor {
  readonly #options: IngestorOptions;
  readonly #machineClock: Clock;
  readonly #config: VenueConfig;
  readonly #roster: Roster;
  /** What this replica has put into the log. */
  readonly #acknowledged = new Acknowledged();
  readonly #source: AbstractDataSource;
  readonly #metrics: IngestorMetrics;
  readonly #writer: RawWriter;
  readonly #states: SourceStates;
  readonly #sink: RawSink;
  readonly #stop = new AbortController();
  /** Where streams go on whose instruments were defined anew. */
  readonly #redefined = new Map<string, StreamCheckpoint>();
  #running: Promise<void> | undefined;
  /** True after a pause was given up, until the buffer has emptied. */
  #overdue = false;

  constructor(options: IngestorOptions) {
    const { venue, clock, logger, codec, replica } = options;
    const config = options.config.venues[venue.source];
    if (config === undefined) {
      throw new ConcordError('not-configured', 'fatal', `venues.${venue.source} is not in the configuration`);
    }
    this.#options = options;
    this.#machineClock = options.machineClock ?? clock;
    this.#config = config;
    const listings = listingsOf(options.config, venue.source);
    this.#roster = options.roster ?? Roster.of(listings, this.#machineClock);
    const metrics = new IngestorMetrics(options.metrics, venue.source, () => this.#sink.lag());
    this.#metrics = metrics;
    this.#writer = new RawWriter({
      source: venue.source,
      listings: this.#roster.listings,
      codec,
      clock,
      logger,
      metrics,
      acknowledged: this.#acknowledged,
    });
    this.#states = new SourceStates({
      source: venue.source,
      replica,
      clock,
      codec,
      writer: this.#writer,
      acknowledged: this.#acknowledged,
      servesAlone: venue.servesAlone ?? false,
      known: (listing, kind) => options.resume?.({ listing, kind }),
    });
    this.#sink = options.openSink((loss) => this.#writer.lossMarker(loss));
    this.#source = venue.createSource({
      venue: config,
      listings: this.#roster.listings,
      clock,
      machineClock: this.#machineClock,
      logger,
      replica,
      counters: metrics,
      sockets: config.sockets,
      resume: (stream) => this.#resume(stream),
    });
  }

  run(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return this.#running;
  }

  status(): IngestorStatus {
    const { state, message, sessions, reconnects, streams } = this.#source.status();
    const instruments: Record<string, Partial<Record<Kind, number>>> = {};
    for (const instrument of this.#roster.listings.keys()) instruments[instrument] = {};
    for (const { state: one } of streams) {
      const { instrument } = one.stream.listing;
      instruments[instrument] = { ...instruments[instrument], [one.stream.kind]: one.receivedInAll };
    }
    const states = streams.map((stream) => stream.state);
    const sum = (of: (one: (typeof states)[number]) => number): number =>
      states.reduce((total, one) => total + of(one), 0);
    return {
      source: this.#source.source,
      state,
      message,
      sessions,
      instruments,
      refused: this.#metrics.refusedInAll,
      gaps: sum((one) => one.gaps),
      missingIds: sum((one) => one.ids.missing),
      dropped: this.#writer.droppedInAll,
      reconnects,
      stale: states.flatMap((one) => (one.stale ? [one.stream.key] : [])),
      rejected: states.flatMap((one) => (one.rejection === null ? [] : [one.stream.key])),
      ...this.#sink.lag(),
    };
  }

  streams(): readonly Stream[] {
    return this.#source.status().streams.map(({ state }) => state.stream);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running?.catch(() => undefined); // whoever called `run` has it
    await this.#source.disconnect();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const sinkStop = new AbortController();
    const sending = this.#sink.run(sinkStop.signal);
    let last = this.#source.status();
    const ticker = clock.setRepeating(() => {
      last = this.#source.status();
      this.#acknowledged.settle(this.#sink.progress());
      this.#states.publish(last, this.#sink);
      this.#refetch();
    }, 1_000);
    try {
      await Promise.race([this.#read(signal), sending]);
    } finally {
      // The order of a stop: intake, what was taken in, its flush, then the rest.
      await this.#source.disconnect();
      ticker.cancel();
      this.#states.publish({ ...last, streams: this.#served(last) }, this.#sink, true);
      sinkStop.abort();
      await sending;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    await this.#source.connect(signal);
    const instruments = [...this.#roster.listings.keys()];
    const subscription = this.#source.subscribeRealtime(instruments, this.#config.kinds, signal);
    const unfollow = this.#roster.follow({
      add: (added) => subscription.add(added),
      remove: (removed) => this.#remove(removed, subscription),
    });
    try {
      for await (const events of subscription) {
        for (const event of events) this.#writer.write(event, this.#sink);
        if (!signal.aborted) await this.#room(signal);
      }
    } finally {
      unfollow();
    }
  }

  /** Without what was given to other replicas: they say themselves how it is. */
  #served({ streams }: SourceStatus): readonly StreamStatus[] {
    return streams.filter(({ state }) => this.#roster.listings.has(state.stream.listing.instrument));
  }

  #remove(instruments: readonly string[], subscription: LiveSubscription): void {
    const status = this.#source.status();
    subscription.remove(instruments);
    const gone = new Set(instruments);
    for (const stream of status.streams) {
      const { instrument } = stream.state.stream.listing;
      if (!gone.has(instrument)) continue;
      this.#end(stream.state);
      if (this.#options.venue.servesAlone === true) this.#states.leave(stream, status, this.#sink);
    }
    for (const instrument of instruments) {
      this.#acknowledged.forget(instrument);
      const listing = this.#roster.listings.get(instrument);
      if (listing === undefined) continue;
      const { partition } = listing;
      const isGone = this.#roster.fateOf(listing) === 'gone';
      this.#states.forget(instrument, isGone ? { partition, sink: this.#sink } : undefined);
    }
  }

  /** Takes leave of a stream, whose open holes whoever goes on with it takes over. */
  #end({ stream, coverage }: StreamState): void {
    const { listing, kind } = stream;
    const handed = this.#acknowledged.handed(listing.instrument, kind);
    const fate = this.#roster.fateOf(listing);
    if (handed === undefined || fate === 'moved') return;
    if (fate !== 'redefined') return this.#tell(stream, openHoleMarkers(this.#absence(stream), handed));
    const { openHoles, uncounted = 0 } = handed;
    const before = coverageBefore(coverage, openHoles, uncounted);
    this.#redefined.set(`${kind} ${listing.instrument}`, { ...handed, coverage: before });
  }

  #resume(stream: ResumedStream): StreamCheckpoint | undefined {
    const { listing, kind, window } = stream;
    if (window !== undefined) this.#acknowledged.count(listing.instrument, kind, window);
    const key = `${kind} ${listing.instrument}`;
    const own = this.#redefined.get(key);
    this.#redefined.delete(key);
    const told = own ?? this.#options.resume?.({ listing, kind });
    const isAlone = this.#options.venue.servesAlone === true;
    const known = told === undefined || !isAlone ? told : afterLastWord(told);
    const checkpoint = window === undefined || this.#isOf(window, known) ? known : undefined;
    if (checkpoint?.isOutdated === true) return this.#tellAbsence(stream, checkpoint);
    if (checkpoint !== undefined) this.#acknowledged.resume(listing.instrument, kind, checkpoint);
    return checkpoint;
  }

  /** States as lost what nobody will fetch. */
  #tellAbsence(stream: ResumedStream, checkpoint: StreamCheckpoint): StreamCheckpoint {
    const place = this.#absence(stream);
    this.#tell(stream, absenceMarkers(place, checkpoint));
    return afterAbsence(place, checkpoint);
  }

  #absence(stream: ResumedStream): StreamPlace {
    const { clock, replica, venue } = this.#options;
    const session = newSessionId(venue.source, `${replica}-absence`, clock);
    return placeOf(stream, venue.source, session, clock.nowMicros());
  }

  #tell(stream: ResumedStream, markers: readonly (GapMarker | RepairMarker)[]): void {
    for (const marker of markers) {
      this.#writer.write({ type: 'marker', marker, targets: [targetOf(stream)] }, this.#sink);
      if (marker.type === 'gap') this.#metrics.gap(stream.kind, 0);
      else this.#metrics.repair(stream.kind, 'unrepairable');
    }
  }

  /** Whether windows are counted as they are now: their length is a matter of configuration. */
  #isOf(window: Interval, checkpoint: StreamCheckpoint | undefined): boolean {
    const start = (checkpoint?.lastId ?? 0) * INTERVALS[window];
    return Math.abs(this.#options.clock.nowMicros() - start) < YEAR;
  }

  /** What the buffer dropped while Kafka was away is fetched again once there is room. */
  #refetch(): void {
    const { highWaterRecords = HIGH_WATER_RECORDS } = this.#options;
    if (this.#sink.lag().queued > highWaterRecords / 2) return;
    for (const { kind, instrument, ids } of this.#writer.takeLost())
      this.#source.refetch(kind, instrument, ids);
  }

  /** Waits while the buffer is above the high-water mark, but not for ever: the source does not read on meanwhile. */
  async #room(signal: AbortSignal): Promise<void> {
    const { highWaterRecords = HIGH_WATER_RECORDS } = this.#options;
    const clock = this.#machineClock;
    const isFull = (): boolean => this.#sink.lag().queued >= highWaterRecords;
    if (!isFull()) {
      this.#overdue = false;
      return;
    }
    if (this.#overdue) return;
    const since = clock.monotonicMs();
    while (isFull() && !signal.aborted) {
      if (clock.monotonicMs() - since >= PAUSE_MS_MAX) {
        this.#overdue = true;
        this.#options.logger.error(
          'Kafka takes nothing: reading on, what finds no room is dropped and counted',
        );
        return;
      }
      await clock.sleep(PAUSE_STEP_MS, signal);
    }
  }
}
