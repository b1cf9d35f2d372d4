import type { RawBar } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import { z } from 'zod';
import { BarMemory, barsSnapshot } from './bar-memory.ts';
import { ID_LENGTH_MAX, parseId, shiftId, type Id } from './id.ts';
import { IntervalSet } from './interval-set.ts';
import { OpaqueSet, opaqueSnapshot } from './opaque-set.ts';
import type { ContiguousKind, IdRange, RawRecord } from './record.ts';
import { SessionMemory, sessionsSnapshot } from './session-memory.ts';
import { UpdateMemory } from './update-memory.ts';

/** What is known of one kind of contiguous ids. */
export class ContiguousMemory {
  readonly seen: IntervalSet;
  /** First and highest id passed on LIVE: only these drive gaps and lateness. */
  base: Id | undefined;
  held: Id | undefined;

  constructor(seen = new IntervalSet(), base?: Id, held?: Id) {
    this.seen = seen;
    this.base = base;
    this.held = held;
  }
}

const idText = z.string().regex(/^\d*$/);

export const memorySnapshot = z.strictObject({
  sessions: sessionsSnapshot,
  contiguous: z.array(z.tuple([z.enum(['TRADE', 'AGGREGATE']), z.string(), idText, idText])),
  updates: z.string().nullable(),
  opaque: opaqueSnapshot.nullable(),
  changes: opaqueSnapshot.nullable(),
  bars: barsSnapshot.nullable(),
  eventTime: z.int().nullable(),
  receiveTime: z.int().nullable(),
});
export type MemorySnapshot = z.output<typeof memorySnapshot>;

/** What admitting a record changed, for the report. */
export interface Admission {
  /** Missing ids that this record showed; 0 unless it jumped forward. */
  readonly missingIds: number;
  /** Ids known to be missing that it brought. */
  readonly filled: number;
}

const UNCHANGED: Admission = { missingIds: 0, filled: 0 };

/** Key of a correction or cancellation: it carries its trade's id, so the id alone would take it for a duplicate. */
export function changeKey(record: RawRecord): string {
  const content = 'price' in record ? `${record.price} ${record.size}` : '';
  return `${record.action} ${record.idKind} ${record.lastId} ${content}`;
}

export function isChange(record: RawRecord): boolean {
  return record.action === 'CORRECT' || record.action === 'CANCEL';
}

/**
 * What the validator remembers of one instrument at one source. An id counts as seen when its record was passed on, so records enter
 * through `admit` after the verdict only; sessions advance with every record read.
 */
export class SourceMemory {
  readonly sessions: SessionMemory;
  readonly #contiguous = new Map<ContiguousKind, ContiguousMemory>();
  #updates: UpdateMemory | undefined;
  #opaque: OpaqueSet | undefined;
  #changes: OpaqueSet | undefined;
  #bars: BarMemory | undefined;
  /** Latest event time passed on LIVE. */
  eventTime: Micros | null;
  /** Latest receive time of a record read. */
  receiveTime: Micros | null;

  constructor(snapshot?: MemorySnapshot) {
    this.sessions = new SessionMemory(snapshot?.sessions);
    this.#opaque = snapshot?.opaque ? new OpaqueSet(snapshot.opaque) : undefined;
    this.#changes = snapshot?.changes ? new OpaqueSet(snapshot.changes) : undefined;
    this.#bars = snapshot?.bars ? new BarMemory(snapshot.bars) : undefined;
    this.eventTime = snapshot?.eventTime ?? null;
    this.receiveTime = snapshot?.receiveTime ?? null;
    if (snapshot?.updates)
      this.#updates = readable(UpdateMemory.fromText(snapshot.updates), snapshot.updates);
    for (const [kind, text, base, held] of snapshot?.contiguous ?? []) {
      const seen = readable(IntervalSet.fromText(text), text);
      this.#contiguous.set(kind, new ContiguousMemory(seen, parseId(base), parseId(held)));
    }
  }

  contiguous(kind: ContiguousKind): ContiguousMemory | undefined {
    return this.#contiguous.get(kind);
  }

  get updates(): UpdateMemory | undefined {
    return this.#updates;
  }

  get opaque(): OpaqueSet | undefined {
    return this.#opaque;
  }

  /** Corrections and cancellations seen. */
  get changes(): OpaqueSet | undefined {
    return this.#changes;
  }

  get bars(): BarMemory | undefined {
    return this.#bars;
  }

  /** Takes in a record that was passed on. `limit` bounds each id memory. */
  admit(kind: Kind, record: RawRecord, ids: IdRange | undefined, limit: number): Admission {
    if (
      record.origin === 'LIVE' &&
      record.eventTime !== null &&
      (this.eventTime === null || record.eventTime > this.eventTime)
    ) {
      this.eventTime = record.eventTime;
    }
    if (kind === 'bars') {
      (this.#bars ??= new BarMemory()).add(record as RawBar);
      return UNCHANGED;
    }
    if (isChange(record)) {
      (this.#changes ??= new OpaqueSet()).add(changeKey(record), null, limit);
      return UNCHANGED;
    }
    if (ids !== undefined) return this.#admitNumbered(record, ids, limit);
    if (record.idKind === 'OPAQUE' && record.lastId !== null) {
      (this.#opaque ??= new OpaqueSet()).add(record.lastId, record.eventTime, limit);
    }
    return UNCHANGED;
  }

  #admitNumbered(record: RawRecord, { kind, first, last }: IdRange, limit: number): Admission {
    const live = record.origin === 'LIVE';
    if (kind === 'UPDATE') {
      (this.#updates ??= new UpdateMemory()).add(last, live, limit);
      return UNCHANGED;
    }
    let memory = this.#contiguous.get(kind);
    if (memory === undefined) this.#contiguous.set(kind, (memory = new ContiguousMemory()));
    const admission = accountFor(memory, record, first, last);
    memory.seen.add(first, last, limit);
    if (live) {
      memory.base ??= first;
      if (memory.held === undefined || last > memory.held) memory.held = last;
    }
    return admission;
  }

  /**
   * Notes that a record was read, whatever became of it: a batch sent again is told by its ordinals. `receivedAt` is
   * null where its times do not hold.
   */
  read({ session, ordinal }: RawRecord, receivedAt: Micros | null): void {
    if (session.length > ID_LENGTH_MAX || !this.sessions.isNew(session, ordinal)) return;
    this.sessions.advance(session, ordinal);
    if (receivedAt !== null && (this.receiveTime === null || receivedAt > this.receiveTime))
      this.receiveTime = receivedAt;
  }

  toSnapshot(): MemorySnapshot {
    return {
      sessions: this.sessions.toSnapshot(),
      contiguous: [...this.#contiguous].map(([kind, { seen, base, held }]) => [
        kind,
        seen.toText(),
        base?.toString() ?? '',
        held?.toString() ?? '',
      ]),
      updates: this.#updates?.toText() ?? null,
      opaque: this.#opaque?.toSnapshot() ?? null,
      changes: this.#changes?.toSnapshot() ?? null,
      bars: this.#bars?.toSnapshot() ?? null,
      eventTime: this.eventTime,
      receiveTime: this.receiveTime,
    };
  }
}

function readable<T>(read: T | undefined, text: string): T {
  if (read === undefined) throw new TypeError(`"${text.slice(0, 40)}" holds no ids`);
  return read;
}

/** Ids between what is held and a LIVE record that begins at `first` that were never seen; 0 when it does not jump. */
export function missingBefore({ held, seen }: ContiguousMemory, record: RawRecord, first: Id): number {
  if (record.origin !== 'LIVE' || held === undefined) return 0;
  const next = shiftId(held, 1);
  return first <= next ? 0 : seen.missing(next, shiftId(first, -1));
}

function accountFor(memory: ContiguousMemory, record: RawRecord, first: Id, last: Id): Admission {
  const { base, held, seen } = memory;
  if (held === undefined || base === undefined) return UNCHANGED;
  if (first > held) {
    const missingIds = missingBefore(memory, record, first);
    return missingIds === 0 ? UNCHANGED : { missingIds, filled: 0 };
  }
  const from = first > base ? first : base;
  const to = last < held ? last : held;
  return from > to ? UNCHANGED : { missingIds: 0, filled: seen.missing(from, to) };
}
