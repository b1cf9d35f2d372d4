import type { Codec, DataType, SourceState, SourceStatus as StateName } from '@concord/codec';
import { KINDS, type Kind, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import type { Acknowledged } from './acknowledged.ts';
import type { RawSink } from './raw-sink.ts';
import type { RawWriter } from './raw-writer.ts';
import type { Listing } from '../listing.ts';
import { widened } from '../session/gaps.ts';
import { contiguousIds, type Coverage, type StreamCheckpoint } from '../session/stream-state.ts';
import type { SourceStatus, StreamStatus } from '../source.ts';

/** Every state is written again after so long, changed or not. */
const REPEAT_MS = 10_000;
/**
 * That of trades without arithmetic in their ids, or without any: whoever takes them over needs the newest, since the venue may have no more than a page of its past, and
 * nothing tells what was written since.
 */
const REPEAT_UNCOUNTED_MS = 2_000;

/** Open holes that a state names. More are told as fewer, wider ones: what is fetched twice is dropped later, what is left out is lost. */
const HOLES_MAX = 256;

/** The message of a replica's last word on a stream. */
export const STOPPED = 'stopped';

const DATA_TYPES: Readonly<Record<Kind, DataType>> = { trades: 'TRADES', quotes: 'QUOTES', bars: 'BARS' };

export interface SourceStatesOptions {
  readonly source: string;
  readonly replica: string;
  readonly clock: Clock;
  readonly codec: Pick<Codec, 'encode'>;
  readonly writer: Pick<RawWriter, 'dropped' | 'timestampMs'>;
  /** How far each stream is in the log. */
  readonly acknowledged: Pick<Acknowledged, 'of' | 'handed'>;
  /** That of the venue. */
  readonly servesAlone?: boolean;
  /** What the topic says of a stream of which this replica has put nothing into the log; default nothing. */
  known?(listing: Listing, kind: Kind): StreamCheckpoint | undefined;
}

interface Told {
  readonly state: StateName;
  readonly message: string | null;
  readonly since: Micros;
  /** Whether it said where another replica would go on. */
  readonly isResumable: boolean;
  readonly atMs: number;
}

/**
 * Writes the topic `sources`: the state of the source and of each of its streams, when it changes, when the first of a stream's records are in the log, and every ten
 * seconds.
 */
export class SourceStates {
  readonly #options: SourceStatesOptions;
  readonly #told = new Map<string, Told>();
  #repeatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SourceStatesOptions) {
    this.#options = options;
  }

  /** Asked once a second, and once more with `ending` when the source has stopped. A replica that serves nothing says nothing. */
  publish(status: SourceStatus, sink: RawSink, ending = false): void {
    if (status.streams.length === 0) return;
    const now = this.#options.clock.nowMs();
    const repeat = ending || now - this.#repeatedAtMs >= REPEAT_MS;
    if (repeat) this.#repeatedAtMs = now;
    for (const stream of status.streams) this.#publishStream(stream, status, sink, repeat, ending);
    const state: StateName = ending ? 'DOWN' : status.state;
    const message = ending ? STOPPED : status.message;
    const sums = status.streams.reduce(
      (sum, { state: stream }) => addFigures(sum, this.#figures(stream)),
      NO_FIGURES,
    );
    const times = status.streams.flatMap(({ state: { lastReceiveTime } }) => lastReceiveTime ?? []);
    const partial = {
      instrument: null,
      kind: null,
      session: status.sessions[0] ?? null,
      reconnects: status.reconnects,
      lastReceiveTime: times.length === 0 ? null : Math.max(...times),
      ...NO_CHECKPOINT,
      ...sums,
    };
    this.#write(`${this.#options.source}:*:*`, 0, state, message, partial, sink, repeat);
  }

  #publishStream(
    status: StreamStatus,
    source: SourceStatus,
    sink: RawSink,
    repeat: boolean,
    ending: boolean,
  ): void {
    const { stream, lastReceiveTime, rejection } = status.state;
    const { listing, kind } = stream;
    const partial = {
      instrument: listing.instrument,
      kind: DATA_TYPES[kind],
      session: status.session,
      reconnects: source.reconnects,
      lastReceiveTime,
      ...this.#checkpoint(status.state, ending),
      ...this.#figures(status.state),
    };
    const key = `${listing.source}:${listing.instrument}:${kind}`;
    const state = ending ? 'DOWN' : stateName(status);
    const message = ending ? STOPPED : rejection;
    const { last } = status.state;
    const { servesAlone = false } = this.#options;
    const isUncounted =
      kind === 'trades' && (servesAlone || (last !== null && contiguousIds(last) === undefined));
    const toldMs = this.#told.get(key)?.atMs ?? Number.NEGATIVE_INFINITY;
    const isDue = repeat || (isUncounted && this.#options.clock.nowMs() - toldMs >= REPEAT_UNCOUNTED_MS);
    this.#write(key, listing.partition, state, message, partial, sink, isDue);
  }

  /** Says for the last time how a stream is: it is left to another replica, which waits for that. */
  leave(status: StreamStatus, source: SourceStatus, sink: RawSink): void {
    this.#publishStream(status, source, sink, true, true);
  }

  /**
   * Forgets the streams of an instrument that somebody else serves now; where nobody does any more, their states are deleted from the topic.
   */
  forget(instrument: string, gone: { readonly partition: number; readonly sink: RawSink } | undefined): void {
    const { source, writer } = this.#options;
    for (const kind of KINDS) {
      const key = `${source}:${instrument}:${kind}`;
      if (!this.#told.delete(key) || gone === undefined) continue;
      const { partition, sink } = gone;
      sink.publish({ topic: 'sources', partition, key, value: null, timestampMs: writer.timestampMs() });
    }
  }

  /** Where nothing is in the log from here, what others said of the stream stands: the key is theirs as well. */
  #checkpoint(
    { stream: { listing, kind }, unseenFrom }: StreamStatus['state'],
    ending: boolean,
  ): Pick<SourceState, 'lastId' | 'lastEventTime' | 'openHoles'> {
    const { acknowledged, known, servesAlone } = this.#options;
    // The last word is written behind the records: whoever goes on there tells none of them twice.
    const handed = ending && servesAlone === true ? acknowledged.handed(listing.instrument, kind) : undefined;
    const told = handed ?? acknowledged.of(listing.instrument, kind) ?? known?.(listing, kind);
    const checkpoint = told?.isOutdated === true ? undefined : told;
    const { lastId = null, openHoles = [], uncounted = 0 } = checkpoint ?? {};
    const lastEventTime = checkpoint?.lastEventTime ?? (kind === 'trades' ? unseenFrom : null);
    return {
      lastId: lastId === null ? null : String(lastId),
      lastEventTime,
      openHoles: [
        ...Array.from({ length: uncounted }, () => NO_IDS),
        ...widened(openHoles, HOLES_MAX).map(({ first, last }) => ({
          firstId: String(first),
          lastId: String(last),
        })),
      ],
    };
  }

  #figures(state: StreamStatus['state']): Figures {
    const { listing, kind } = state.stream;
    return { ...figuresOf(state), dropped: this.#options.writer.dropped(listing.instrument, kind) };
  }

  #write(
    key: string,
    partition: number,
    state: StateName,
    message: string | null,
    partial: Omit<SourceState, 'source' | 'replica' | 'state' | 'message' | 'since' | 'updated'>,
    sink: RawSink,
    repeat: boolean,
  ): void {
    const { source, replica, clock, codec, writer } = this.#options;
    const told = this.#told.get(key);
    const isResumable = partial.lastId !== null || partial.lastEventTime !== null;
    const isKnown = told?.state === state && told.message === message && told.isResumable === isResumable;
    if (isKnown && !repeat) return;
    const updated = clock.nowMicros();
    const since = told?.state === state ? told.since : updated;
    this.#told.set(key, { state, message, since, isResumable, atMs: clock.nowMs() });
    const value = codec.encode('sources', { ...partial, source, replica, state, message, since, updated });
    sink.publish({ topic: 'sources', partition, key, value, timestampMs: writer.timestampMs() });
  }
}

/** Of a source as a whole, and of a stream of which nothing is known to be in the log. */
const NO_CHECKPOINT = { lastId: null, lastEventTime: null, openHoles: [] };

/** A hole among records whose ids have no order. */
const NO_IDS = { firstId: '', lastId: '' };

export interface Figures extends Coverage {
  readonly received: number;
  readonly refused: number;
  readonly dropped: number;
  readonly gaps: number;
}

/** What the topic tells of a stream in figures, but for what was dropped on the way to it. */
export function figuresOf({
  coverage,
  gaps,
  received,
  refused,
}: StreamStatus['state']): Omit<Figures, 'dropped'> {
  return { received, refused, gaps, ...coverage };
}

const NO_FIGURES: Figures = {
  received: 0,
  refused: 0,
  dropped: 0,
  gaps: 0,
  missingIds: 0,
  verified: 0,
  unverifiable: 0,
  suspect: 0,
};

function addFigures(a: Figures, b: Figures): Figures {
  return {
    received: a.received + b.received,
    refused: a.refused + b.refused,
    dropped: a.dropped + b.dropped,
    gaps: a.gaps + b.gaps,
    missingIds: a.missingIds + b.missingIds,
    verified: a.verified + b.verified,
    unverifiable: a.unverifiable + b.unverifiable,
    suspect: a.suspect + b.suspect,
  };
}

function stateName({ connection, state }: StreamStatus): StateName {
  if (state.rejection !== null || connection === 'down') return 'DOWN';
  if (connection === 'connecting') return 'CONNECTING';
  return state.stale ? 'STALE' : 'LIVE';
}
