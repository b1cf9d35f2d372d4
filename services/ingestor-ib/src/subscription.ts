import type { Kind } from '@concord/model';
import type { Timer } from '@concord/runtime';
import {
  Backoff,
  EventQueue,
  newSessionId,
  RHYTHMS,
  StreamState,
  type Listing,
  type RhythmLimits,
  type SourceEvent,
  type SourceSubscription,
  type SourceSurroundings,
  type StreamCheckpoint,
} from '@concord/sources';
import { gapMarker, placeOf, repairMarker, Repairs, StreamTable, targetOf } from '@concord/sources/session';
import type { ClientIds } from './client-ids.ts';
import type { Endpoint } from './gateway.ts';
import type { IbHistory } from './history.ts';
import { isBeforeSubscription } from './lines.ts';
import { MissedHistory } from './missed.ts';
import { PrintMemory } from './prints.ts';
import { TwsSession, type Predecessor, type SessionOutcome, type SessionSurroundings } from './session.ts';

export interface SubscriptionSurroundings
  extends
    Omit<
      SessionSurroundings,
      'table' | 'emit' | 'interrupted' | 'resumed' | 'sampled' | 'heardTime' | 'counters'
    >,
    Pick<SourceSurroundings, 'kinds' | 'counters' | 'listingOf' | 'resume' | 'lost'> {
  readonly endpoint: Endpoint;
  readonly history: IbHistory;
  readonly queueRecordsMax: number;
  /** Those of live connections. */
  readonly clientIds: ClientIds;
}

/** No subscription to prints begins with older ones. Nothing but their rhythm tells that some were left out, so they are judged from the first seconds on. */
const PRINTS_RHYTHM: RhythmLimits = { ...RHYTHMS.trades, early: { afterMs: 5_000, silentMs: 60_000 } };
/** There are no ids to go on from. */
const NO_IDS = { lastId: null, lastEventTime: null, openHoles: [] };
/** Of the run's clock. */
const MARKER_MS = 1_000;
/** Of the machine's. */
const INSPECT_MS = 1_000;

/** A subscription: one connection to TWS after the other, the repair of what was missed, one queue for both. */
export class TwsSubscription implements SourceSubscription {
  readonly table = new StreamTable();
  /** The session that is open or being opened. */
  session: TwsSession | undefined;
  readonly #around: SubscriptionSurroundings;
  readonly #queue: EventQueue<SourceEvent>;
  readonly #repairs: Repairs;
  readonly #backoff: Backoff;
  /** By instrument, of those whose prints are followed. */
  readonly #memories = new Map<string, PrintMemory>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  /** Names what the subscription itself tells. */
  readonly #name: string;
  #isPaused = false;
  /** The port that TWS said it would move to. */
  #newPort: number | undefined;
  /** Tries in a row that did not reach TWS. */
  #misses = 0;
  /** Client ids that were found in use by others in a row. */
  readonly #taken = new Set<number>();

  constructor(around: SubscriptionSurroundings, signals: readonly AbortSignal[]) {
    const { source, replica, clock, machineClock, queueRecordsMax, counters } = around;
    this.#around = around;
    this.#name = newSessionId(source, replica, clock);
    this.#backoff = new Backoff(machineClock);
    this.#queue = new EventQueue<SourceEvent>(queueRecordsMax, {
      full: () => this.#pause(true),
      room: () => this.#pause(false),
    });
    this.#repairs = new Repairs({
      ...around,
      history: new MissedHistory({ ...around, memoryOf: (instrument) => this.#memories.get(instrument) }),
      stateOf: (kind, instrument) => this.table.of(kind, instrument),
      emit: (event, weight) => this.#repaired(event, weight),
      isFull: () => this.#queue.size >= queueRecordsMax / 2,
      done: (kind, outcome) => counters.repair(kind, outcome),
    });
    this.#ended = this.#run(AbortSignal.any([this.#stop.signal, ...signals]));
  }

  /** Resolves when the connection is closed. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  add(instruments: readonly string[]): void {
    const { kinds, listingOf, machineClock, resume } = this.#around;
    const now = machineClock.monotonicMs();
    const fresh = instruments.map(listingOf).flatMap((listing) =>
      kinds.flatMap((kind) => {
        if (this.table.of(kind, listing.instrument) !== undefined) return [];
        const stream = { listing, kind, key: streamKey(kind, listing) };
        const known = resume({ listing, kind });
        const before = known?.coverage === undefined ? undefined : { ...NO_IDS, coverage: known.coverage };
        const rhythm = kind === 'trades' ? PRINTS_RHYTHM : RHYTHMS[kind];
        return [{ state: new StreamState(stream, now, before, rhythm), known }];
      }),
    );
    if (fresh.length === 0) return;
    const states = fresh.map(({ state }) => state);
    this.table.add(states);
    this.session?.add(states);
    for (const { state, known } of fresh) if (known !== undefined) this.#goOn(state, known);
  }

  /**
   * Prints are missed from where another replica stopped, and fetched once they come here. What came live after a hole that it left open nobody knows here, so
   * that to fetch it would double that: the hole is stated as it is. So is what one may have told that was killed; the checkpoint is behind that.
   */
  #goOn(state: StreamState, checkpoint: StreamCheckpoint): void {
    const { lastEventTime, uncounted = 0, isAbandoned = false, saidAt } = checkpoint;
    const { listing, kind } = state.stream;
    const isPrints = kind === 'trades' && lastEventTime !== null;
    if (isPrints && isAbandoned) this.#tellGap(state);
    const lost = uncounted + (isPrints && isAbandoned ? 1 : 0);
    if (lost > 0) this.#giveUp(state, lost);
    if (isPrints && (lost === 0 || saidAt !== undefined))
      this.#memory(listing.instrument).goOn(lastEventTime);
  }

  #giveUp(state: StreamState, holes: number): void {
    const { clock, counters, source } = this.#around;
    const { stream } = state;
    state.uncountedHoles += holes;
    state.uncountedOpen += holes;
    const marker = repairMarker(placeOf(stream, source, this.#name, clock.nowMicros()), null, 'unrepairable');
    for (let count = 0; count < holes; count++) {
      counters.repair(stream.kind, 'unrepairable');
      this.#queue.push({ type: 'marker', marker, targets: [targetOf(stream)] }, 1);
    }
  }

  remove(instruments: readonly string[]): void {
    const gone = new Set(instruments);
    const keys = this.table.streams.flatMap(({ key, listing }) =>
      gone.has(listing.instrument) ? [key] : [],
    );
    this.session?.remove(new Set(keys));
    this.table.delete(keys);
    this.#repairs.forget(gone);
    for (const instrument of instruments) this.#memories.delete(instrument);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly SourceEvent[], void, undefined> {
    try {
      yield* this.#queue;
    } finally {
      this.#stop.abort();
      await this.#ended;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, machineClock } = this.#around;
    const timers: Timer[] = [
      clock.setRepeating(() => this.session?.mark(), MARKER_MS),
      machineClock.setRepeating(() => this.session?.inspect(), INSPECT_MS),
    ];
    try {
      await Promise.all([this.#connections(signal), this.#repairs.run(signal)]);
      this.#queue.close();
    } catch (error) {
      this.#queue.fail(error);
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }

  #trades(): StreamState[] {
    return [...this.table].filter(({ stream }) => stream.kind === 'trades');
  }

  async #connections(signal: AbortSignal): Promise<void> {
    let previous: Predecessor | undefined;
    // What is not there yet when a subscription is made is added in the same turn.
    await Promise.resolve();
    while (!signal.aborted) {
      const clientId = this.#takeClientId();
      if (clientId === undefined) {
        await this.#pauseAfter({ end: 'handshake-refused', message: 'all client ids are in use' }, signal);
        continue;
      }
      const session = new TwsSession(this.#surroundings(), previous, this.#isPaused);
      this.session = session;
      const { endpoint } = this.#around;
      // It may not listen there yet, or again listen where it did.
      const port = this.#misses % 2 === 0 ? (this.#newPort ?? endpoint.port) : endpoint.port;
      const outcome = await session.run({ host: endpoint.host, port }, clientId, signal);
      this.#giveBack(clientId, outcome);
      if (outcome.end === 'stopped') return;
      if (outcome.opened) previous = { session: session.id, reason: outcome.end };
      await this.#retreat(session, outcome, signal);
    }
  }

  async #retreat(session: TwsSession, outcome: SessionOutcome, signal: AbortSignal): Promise<void> {
    const { logger, lost } = this.#around;
    if (session.gotData) this.#backoff.reset();
    if (outcome.port !== undefined) this.#newPort = outcome.port;
    this.#misses = outcome.opened ? 0 : this.#misses + 1;
    if (!outcome.isIdTaken) return this.#pauseAfter(outcome, signal);
    // The next id is tried at once: only where all are in use by others there is something to wait for.
    lost(outcome);
    logger.warn({ session: session.id }, `connection ended: ${outcome.message}; trying the next client id`);
  }

  async #pauseAfter(outcome: Pick<SessionOutcome, 'end' | 'message'>, signal: AbortSignal): Promise<void> {
    const { machineClock, logger, lost } = this.#around;
    const delayMs = this.#backoff.nextMs();
    lost(outcome);
    const about = { session: this.session?.id, end: outcome.end, delayMs };
    logger.warn(about, `connection ended: ${outcome.message}; trying again`);
    await machineClock.sleep(delayMs, signal);
  }

  /** Undefined where all are borne by this process, or were found in use by others: then they are tried again. */
  #takeClientId(): number | undefined {
    const id = this.#around.clientIds.take(this.#taken);
    if (id === undefined) this.#taken.clear();
    return id;
  }

  #giveBack(id: number, { isIdTaken }: SessionOutcome): void {
    const { clientIds } = this.#around;
    if (isIdTaken) {
      this.#taken.add(id);
      clientIds.foundTaken(id);
    } else {
      this.#taken.clear();
      clientIds.giveBack(id);
    }
  }

  #surroundings(): SessionSurroundings {
    return {
      ...this.#around,
      table: this.table,
      emit: (event, weight) => {
        if (event.type === 'records')
          for (const trade of event.trades) if (!trade.sampled) this.#memory(trade.instrument).saw(trade);
        this.#queue.push(event, weight);
      },
      interrupted: (state) => this.#interrupted(state),
      sampled: (state) => this.#sampled(state),
      resumed: (state, feed) => {
        if (feed === 'prints') this.#printsResumed(state);
        else if (feed === 'bars') this.#barsResumed(state);
      },
      heardTime: (venue, own) => {
        for (const { stream } of this.#trades())
          this.#memory(stream.listing.instrument).heardTime(venue, own);
      },
    };
  }

  /** What repairs tell. A hole that is given up is not looked for any more. */
  #repaired(event: SourceEvent, weight: number): void {
    if (event.type === 'marker' && event.marker.type === 'repair') {
      const { kind, instrument, outcome } = event.marker;
      const state = this.table.of('trades', instrument);
      if (kind === 'trades' && outcome === 'unrepairable' && state !== undefined)
        this.#memoryOf(state)?.abandon();
    }
    this.#queue.push(event, weight);
  }

  /** What TWS still says of a stream that was given up must not leave anything to whoever goes on with it later. */
  #memoryOf(state: StreamState): PrintMemory | undefined {
    const { instrument } = state.stream.listing;
    return this.table.of('trades', instrument) === state ? this.#memory(instrument) : undefined;
  }

  /** What is known of an instrument's prints here; another subscription knows others. */
  #memory(instrument: string): PrintMemory {
    let memory = this.#memories.get(instrument);
    if (memory === undefined) this.#memories.set(instrument, (memory = new PrintMemory()));
    return memory;
  }

  #printsResumed(state: StreamState): void {
    const hole = this.#memoryOf(state)?.resume(this.#around.clock.nowMicros());
    if (hole === undefined) return;
    if (!hole.isTold) this.#tellGap(state);
    hole.isTold = true;
    this.#missed(state);
  }

  /** What a subscription begins with makes up for most that was missed. */
  #barsResumed(state: StreamState): void {
    const { clock, options } = this.#around;
    const { last } = state;
    if (last === null || !('start' in last)) return;
    if (!isBeforeSubscription(last.start, options.barInterval, clock.nowMicros())) return;
    this.#tellGap(state);
    this.#missed(state);
  }

  #interrupted(state: StreamState): void {
    if (this.#memoryOf(state)?.interrupt() === true) this.#tellGap(state);
  }

  /** A hole that nothing ends before prints come again; what another replica left is told now, since that may be long. */
  #sampled(state: StreamState): void {
    this.#interrupted(state);
    const hole = this.#memoryOf(state)?.hole;
    if (hole === undefined || hole.isTold) return;
    hole.isTold = true;
    this.#tellGap(state);
  }

  /** What is missed nobody can count, since the venue numbers nothing. */
  #tellGap({ stream }: StreamState): void {
    const { clock, counters, source } = this.#around;
    counters.gap(stream.kind, 0);
    const place = placeOf(stream, source, this.#name, clock.nowMicros());
    this.#queue.push({ type: 'marker', marker: gapMarker(place, null), targets: [targetOf(stream)] }, 1);
  }

  /** What of it was missed the history of this venue tells by itself, whatever the times of the records around it. */
  #missed({ stream, last }: StreamState): void {
    const { listing, kind } = stream;
    this.#repairs.ask({ listing, kind, ids: null, from: null, after: last, before: null });
  }

  #pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.session?.pause();
    else this.session?.resume();
  }
}

export function streamKey(kind: Kind, { symbol, market }: Listing): string {
  return `${kind}:${symbol}${market === null ? '' : `@${market}`}`;
}
