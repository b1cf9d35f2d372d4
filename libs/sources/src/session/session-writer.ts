import type { ConnectionState, Marker } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import { targetsOf, type SourceEvent, type Target } from '../events.ts';
import type { OrdinalCounter, ParsedFrame, Refusal } from '../frame/frame.ts';
import type { IdFinding } from './gaps.ts';
import type { RawRecord, StreamState } from './stream-state.ts';
import type { Stream } from '../venue.ts';

/** Called often; must not throw. */
export interface SessionCounters {
  frame(bytes: number): void;
  records(kind: Kind, count: number): void;
  refused(code: string): void;
  gap(kind: Kind, missing: number): void;
  venueError(code: string): void;
}

export interface WriterSurroundings {
  readonly source: string;
  readonly session: string;
  readonly ordinals: OrdinalCounter;
  readonly clock: Clock;
  readonly machineClock: Clock;
  readonly states: readonly StreamState[];
  readonly counters: SessionCounters;
  /** `weight` is how many records the event holds. */
  emit(event: SourceEvent, weight: number): void;
  validate(record: RawRecord): Refusal | undefined;
}

/** Bytes of a refused frame that go into its marker. */
const REFUSED_BYTES_MAX = 384 * 1_024;
const NO_RECORDS = { trades: [], quotes: [], bars: [] } as const;

/** Turns what one session reads into events: records as they come, and each marker at its place among them. */
export class SessionWriter {
  readonly targets: readonly Target[];
  readonly #around: WriterSurroundings;
  readonly #states: Readonly<Record<Kind, Map<string, StreamState>>> = {
    trades: new Map(),
    quotes: new Map(),
    bars: new Map(),
  };

  constructor(around: WriterSurroundings) {
    this.#around = around;
    this.targets = targetsOf(around.states.map(({ stream }) => stream));
    for (const state of around.states) {
      const { kind, listing } = state.stream;
      this.#states[kind].set(listing.instrument, state);
    }
  }

  stateOf(kind: Kind, instrument: string): StreamState | undefined {
    return this.#states[kind].get(instrument);
  }

  /** Where the session stands, into every partition it feeds. */
  state(state: ConnectionState): void {
    const { source, session, clock } = this.#around;
    this.#everywhere({ type: 'session', source, session, state, receiveTime: clock.nowMicros() });
  }

  reconnected(previousSession: string, reason: string): void {
    const { source, session, clock } = this.#around;
    const receiveTime = clock.nowMicros();
    this.#everywhere({ type: 'reconnect', source, session, previousSession, reason, receiveTime });
  }

  resync(stream: Stream, reason: string): void {
    this.#at(stream, { type: 'resync', ...this.#about(stream), reason });
  }

  /** Records of one kind, cut where a gap or a repair must stand between two of them. `data` is the frame they came in. */
  records<K extends Kind>(kind: K, records: ParsedFrame[K], data: Buffer): void {
    const now = this.#around.machineClock.monotonicMs();
    let from = 0;
    for (const [index, record] of records.entries()) {
      const refused = this.#around.validate(record);
      if (refused !== undefined) {
        this.#flush(kind, records, from, index);
        from = index + 1;
        this.refuse([refused], data, record.receiveTime);
        continue;
      }
      const state = this.stateOf(kind, record.instrument);
      const finding = state?.take(record, now);
      if (state === undefined || finding === undefined) continue;
      this.#flush(kind, records, from, index);
      from = index;
      this.#tellIds(state.stream, finding, record.receiveTime);
    }
    this.#flush(kind, records, from, records.length);
  }

  /** Refusals of one frame; those that say the same of the same symbol are told once. */
  refuse(refusals: readonly Refusal[], data: Buffer, receiveTime: Micros): void {
    const { counters } = this.#around;
    const times = new Map<string, { readonly refusal: Refusal; count: number }>();
    for (const refusal of refusals) {
      counters.refused(refusal.code);
      const key = `${refusal.code} ${refusal.symbol} ${refusal.message}`;
      const same = times.get(key);
      if (same === undefined) times.set(key, { refusal, count: 1 });
      else same.count++;
    }
    for (const { refusal, count } of times.values()) this.#refuseOnce(refusal, count, data, receiveTime);
  }

  #refuseOnce({ code, message, symbol }: Refusal, count: number, data: Buffer, receiveTime: Micros): void {
    const { source, session, ordinals, states, emit } = this.#around;
    const state = states.find(({ stream }) => stream.listing.symbol === symbol);
    if (state !== undefined) state.refused += count;
    const target = state === undefined ? this.targets[0] : targetOf(state.stream);
    if (target === undefined) return;
    const marker: Marker = {
      type: 'refused',
      source,
      session,
      ordinal: ordinals.next++,
      code,
      message: count === 1 ? message : `${message} (${count} times in the frame)`,
      venueSymbol: symbol,
      instrument: state?.stream.listing.instrument ?? null,
      receiveTime,
      truncated: data.length > REFUSED_BYTES_MAX,
    };
    emit(
      { type: 'marker', marker, targets: [target], bytes: Buffer.from(data.subarray(0, REFUSED_BYTES_MAX)) },
      1,
    );
  }

  #flush<K extends Kind>(kind: K, records: ParsedFrame[K], from: number, to: number): void {
    if (to <= from) return;
    const whole = from === 0 && to === records.length;
    const part = whole ? records : records.slice(from, to);
    this.#around.emit({ type: 'records', ...NO_RECORDS, [kind]: part }, to - from);
    this.#around.counters.records(kind, to - from);
  }

  #tellIds(stream: Stream, { gap, filled }: IdFinding, receiveTime: Micros): void {
    const about = { ...this.#about(stream), receiveTime };
    if (gap !== null) {
      const missing = gap.last - gap.first + 1;
      this.#around.counters.gap(stream.kind, missing);
      this.#at(stream, {
        type: 'gap',
        ...about,
        firstId: String(gap.first),
        lastId: String(gap.last),
        missing,
      });
    }
    for (const { first, last } of filled) {
      this.#at(stream, {
        type: 'repair',
        ...about,
        firstId: String(first),
        lastId: String(last),
        outcome: 'filled',
      });
    }
  }

  #about(stream: Stream): {
    source: string;
    session: string;
    instrument: string;
    kind: Kind;
    receiveTime: Micros;
  } {
    const { source, session, clock } = this.#around;
    return {
      source,
      session,
      instrument: stream.listing.instrument,
      kind: stream.kind,
      receiveTime: clock.nowMicros(),
    };
  }

  #at(stream: Stream, marker: Marker): void {
    this.#around.emit({ type: 'marker', marker, targets: [targetOf(stream)] }, 1);
  }

  #everywhere(marker: Marker): void {
    this.#around.emit({ type: 'marker', marker, targets: this.targets }, 1);
  }
}

function targetOf(stream: Stream): Target {
  return { kind: stream.kind, partition: stream.listing.partition };
}
