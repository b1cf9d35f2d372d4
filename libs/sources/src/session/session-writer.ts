import type { ConnectionState, Marker } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import type { SourceEvent } from '../events.ts';
import { refusal, type OrdinalCounter, type ParsedFrame, type Refusal } from '../frame/frame.ts';
import type { IdFinding } from './gaps.ts';
import { gapMarker, placeOf, repairMarker, targetOf, type StreamPlace } from './stream-markers.ts';
import type { Hole } from '../history/hole.ts';
import type { RawRecord, Role, StreamState } from './stream-state.ts';
import type { StreamTable } from './stream-table.ts';
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
  readonly table: StreamTable;
  readonly counters: SessionCounters;
  /** `weight` is how many records the event holds. */
  emit(event: SourceEvent, weight: number): void;
  validate(record: RawRecord): Refusal | undefined;
  /** Records are missing that the venue may still have. */
  missed(hole: Hole): void;
  /** The session's part among those that serve the same streams. */
  role(): Role;
  /** The next record of a stream without countable ids is of another session than the one before it: that something was missed between them is to be told now. */
  begins(state: StreamState): void;
}

/** Bytes of a refused frame that go into its marker. */
export const REFUSED_BYTES_MAX = 384 * 1_024;
const NO_RECORDS = { trades: [], quotes: [], bars: [] } as const;

function leapOf(state: StreamState | undefined, record: RawRecord): Refusal | undefined {
  const problem = state?.problemOf(record);
  return problem === undefined ? undefined : refusal('invalid-record', problem, record.venueSymbol);
}

/** Turns what one session reads into events: records as they come, and each marker at its place among them. */
export class SessionWriter {
  readonly #around: WriterSurroundings;

  constructor(around: WriterSurroundings) {
    this.#around = around;
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

  /**
   * Records of one kind, cut where a gap or a repair must stand between two of them. `data` is the frame they came in. Left out are records of streams that
   * were given up, and what another session of the same streams sent before.
   */
  records<K extends Kind>(kind: K, records: ParsedFrame[K], data: Buffer): void {
    const { machineClock, table, validate, role, begins } = this.#around;
    const now = machineClock.monotonicMs();
    const part = role();
    let from = 0;
    for (const [index, record] of records.entries()) {
      const state = table.of(kind, record.instrument);
      const refused = validate(record) ?? leapOf(state, record);
      if (state === undefined || refused !== undefined || state.isRepeated(record, part)) {
        this.#flush(kind, records, from, index);
        from = index + 1;
        if (state !== undefined && refused !== undefined) this.refuse([refused], data, record.receiveTime);
        continue;
      }
      if (state.ids.next === undefined && state.last?.session !== record.session) {
        this.#flush(kind, records, from, index);
        from = index;
        begins(state);
      }
      const before = state.last;
      const finding = state.take(record, now);
      if (finding === undefined || finding.repeated) continue;
      this.#flush(kind, records, from, index);
      from = index;
      this.#tellIds(state.stream, finding, before, record);
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
    const { source, session, ordinals, table, emit } = this.#around;
    const state = table.withSymbol(symbol);
    if (state !== undefined) state.refused += count;
    const target = state === undefined ? table.targets[0] : targetOf(state.stream);
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

  #tellIds(stream: Stream, { gap, repaired }: IdFinding, after: RawRecord | null, before: RawRecord): void {
    const { counters, missed } = this.#around;
    const about = { ...this.#about(stream), receiveTime: before.receiveTime };
    if (gap !== null) {
      counters.gap(stream.kind, gap.last - gap.first + 1);
      this.#at(stream, gapMarker(about, gap));
      const from = after?.eventTime ?? null;
      const { listing, kind, window } = stream;
      missed({ listing, kind, ids: gap, from, after, before, window });
    }
    for (const whole of repaired) this.#at(stream, repairMarker(about, whole, 'filled'));
  }

  #about(stream: Stream): StreamPlace {
    const { source, session, clock } = this.#around;
    return placeOf(stream, source, session, clock.nowMicros());
  }

  #at(stream: Stream, marker: Marker): void {
    this.#around.emit({ type: 'marker', marker, targets: [targetOf(stream)] }, 1);
  }

  #everywhere(marker: Marker): void {
    this.#around.emit({ type: 'marker', marker, targets: this.#around.table.targets }, 1);
  }
}
