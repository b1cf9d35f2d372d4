import type { Kind, Micros } from '@concord/model';
import { EventQueue } from './event-queue.ts';
import type { SourceEvent } from '../events.ts';
import { Repairs, type RepairSurroundings } from '../history/repairs.ts';
import type { SourceSubscription, SourceSurroundings } from '../streaming-source.ts';
import type { IdInterval } from './gaps.ts';
import type { LineSurroundings } from './line.ts';
import { Pool } from './pool.ts';
import { newSessionId } from './session-id.ts';
import { gapMarker, placeOf, targetOf } from './stream-markers.ts';
import { StreamState } from './stream-state.ts';
import type { Stream } from '../venue.ts';

export interface SubscriptionSurroundings
  extends
    Omit<LineSurroundings, 'emit' | 'missed' | 'isOpen' | 'gap'>,
    Pick<RepairSurroundings, 'history' | 'done'>,
    Pick<SourceSurroundings, 'kinds' | 'listingOf' | 'resume'> {
  readonly queueRecordsMax: number;
}

/** A subscription over WebSockets: a pool of connections, the repair of what they missed, one queue for both. */
export class WebSocketSubscription implements SourceSubscription {
  readonly pool: Pool;
  readonly #around: SubscriptionSurroundings;
  readonly #queue: EventQueue<SourceEvent>;
  readonly #repairs: Repairs;
  readonly #states = new Map<string, StreamState>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #session: string;

  constructor(around: SubscriptionSurroundings, signals: readonly AbortSignal[]) {
    this.#around = around;
    const stopped = AbortSignal.any([this.#stop.signal, ...signals]);
    this.#queue = new EventQueue<SourceEvent>(around.queueRecordsMax, {
      full: () => this.pool.pause(),
      room: () => this.pool.resume(),
    });
    const emit = (event: SourceEvent, weight: number): void => this.#queue.push(event, weight);
    this.#session = newSessionId(around.venue.source, around.replica, around.clock);
    this.#repairs = new Repairs({
      ...around,
      source: around.venue.source,
      emit,
      stateOf: (kind, instrument) => this.#states.get(nameOf(kind, instrument)),
      isFull: () => this.#queue.size >= around.queueRecordsMax / 2,
    });
    this.pool = new Pool(
      {
        ...around,
        emit,
        missed: (hole) => this.#repairs.ask(hole),
        isOpen: (hole) => this.#repairs.isOpen(hole),
        gap: (state, from) => this.#gap(state, null, from),
      },
      stopped,
      (error) => this.#queue.fail(error),
    );
    this.#ended = this.#run(stopped);
  }

  /** Resolves when every connection is closed. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  add(instruments: readonly string[]): void {
    const { machineClock, venue, kinds, listingOf, resume } = this.#around;
    const fresh = instruments.map(listingOf).flatMap((listing) =>
      venue.streamsOf(listing, kinds).flatMap((stream) => {
        const name = nameOf(stream.kind, listing.instrument);
        if (this.#states.has(name)) return [];
        const state = new StreamState(stream, machineClock.monotonicMs(), resume(stream));
        this.#states.set(name, state);
        return [state];
      }),
    );
    if (fresh.length > 0) this.pool.add(fresh);
    for (const state of fresh) for (const ids of state.ids.open) this.#ask(state, ids);
  }

  remove(instruments: readonly string[]): void {
    const gone = new Set(instruments);
    const streams: Stream[] = [];
    for (const [name, { stream }] of this.#states) {
      if (!gone.has(stream.listing.instrument)) continue;
      this.#states.delete(name);
      streams.push(stream);
    }
    this.#repairs.forget(gone);
    this.pool.remove(streams);
  }

  refetch(kind: Kind, instrument: string, ids: IdInterval): void {
    const state = this.#states.get(nameOf(kind, instrument));
    if (state === undefined) return;
    for (const part of state.ids.lose(ids)) {
      this.#gap(state, part);
      this.#ask(state, part);
    }
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
    await this.#repairs.run(signal);
    await this.pool.ended();
    this.#queue.close();
  }

  #gap(state: StreamState, ids: IdInterval | null, from: Micros | null = null): void {
    const { venue, clock, counters } = this.#around;
    counters.gap(state.stream.kind, ids === null ? 0 : ids.last - ids.first + 1);
    const place = placeOf(state.stream, venue.source, this.#session, clock.nowMicros());
    const targets = [targetOf(state.stream)];
    this.#queue.push({ type: 'marker', marker: gapMarker(place, ids), targets, from }, 1);
  }

  #ask({ stream, last }: StreamState, ids: IdInterval): void {
    const { listing, kind, window } = stream;
    this.#repairs.ask({
      listing,
      kind,
      ids,
      from: last?.eventTime ?? null,
      after: last,
      before: null,
      window,
    });
  }
}

function nameOf(kind: Kind, instrument: string): string {
  return `${kind} ${instrument}`;
}
