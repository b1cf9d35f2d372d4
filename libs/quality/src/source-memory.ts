import type { RawBar } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import { z } from 'zod';
import { BarMemory, barsSnapshot } from './bar-memory.ts';
import { parseId, shiftId, type Id } from './id.ts';
import { IntervalSet } from './interval-set.ts';
import { OpaqueSet, opaqueSnapshot } from './opaque-set.ts';
import type { IdRange, NumberedKind, RawRecord } from './record.ts';
import { SessionMemory, sessionsSnapshot } from './session-memory.ts';

/** What is known of one kind of numbered ids. */
export class NumberedMemory {
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
  numbered: z.array(z.tuple([z.enum(['TRADE', 'AGGREGATE', 'UPDATE']), z.string(), idText, idText])),
  opaque: opaqueSnapshot.nullable(),
  changes: opaqueSnapshot.nullable(),
  bars: barsSnapshot.nullable(),
  eventTime: z.int().nullable(),
  receiveTime: z.int().nullable(),
  resync: z.string().nullable(),
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
  readonly #numbered = new Map<NumberedKind, NumberedMemory>();
  #opaque: OpaqueSet | undefined;
  #changes: OpaqueSet | undefined;
  #bars: BarMemory | undefined;
  /** Latest event time passed on LIVE. */
  eventTime: Micros | null;
  /** Latest receive time of a record read. */
  receiveTime: Micros | null;
  /** Session that announced that its update ids start anew. */
  resync: string | null;

  constructor(snapshot?: MemorySnapshot) {
    this.sessions = new SessionMemory(snapshot?.sessions);
    this.#opaque = snapshot?.opaque ? new OpaqueSet(snapshot.opaque) : undefined;
    this.#changes = snapshot?.changes ? new OpaqueSet(snapshot.changes) : undefined;
    this.#bars = snapshot?.bars ? new BarMemory(snapshot.bars) : undefined;
    this.eventTime = snapshot?.eventTime ?? null;
    this.receiveTime = snapshot?.receiveTime ?? null;
    this.resync = snapshot?.resync ?? null;
    for (const [kind, text, base, held] of snapshot?.numbered ?? []) {
      const seen = IntervalSet.fromText(text);
      if (seen === undefined) throw new TypeError(`"${text.slice(0, 40)}" is no set of id intervals`);
      this.#numbered.set(kind, new NumberedMemory(seen, parseId(base), parseId(held)));
    }
  }

  numbered(kind: NumberedKind): NumberedMemory | undefined {
    return this.#numbered.get(kind);
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

  /**
   * Whether a book-update id starts a new count (a venue's restart) instead of lying far in the past: it is below all that is
   * remembered, and its own session went down, or announced it, or is new while the horizon shows how far back that is.
   */
  restarts(record: RawRecord, ids: IdRange): boolean {
    if (ids.kind !== 'UPDATE') return false;
    const seen = this.#numbered.get('UPDATE')?.seen;
    if (seen?.lowest === undefined || ids.last >= seen.lowest) return false;
    if (this.resync === record.session) return true;
    const session = this.sessions.get(record.session);
    if (session === undefined) return seen.horizon !== undefined;
    return session.updateId !== undefined && ids.last < session.updateId;
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

  #admitNumbered(record: RawRecord, ids: IdRange, limit: number): Admission {
    let memory = this.#numbered.get(ids.kind);
    if (memory === undefined) this.#numbered.set(ids.kind, (memory = new NumberedMemory()));
    if (this.restarts(record, ids)) {
      memory.seen.clear();
      memory.base = undefined;
      memory.held = undefined;
    }
    if (this.resync === record.session) this.resync = null;
    const admission = ids.kind === 'UPDATE' ? UNCHANGED : accountFor(memory, record, ids);
    memory.seen.add(ids.first, ids.last, limit);
    if (record.origin === 'LIVE') {
      memory.base ??= ids.first;
      if (memory.held === undefined || ids.last > memory.held) memory.held = ids.last;
    }
    return admission;
  }

  /** Notes that a record was read, whatever became of it: a batch sent again is told by its ordinals. */
  read(record: RawRecord, ids: IdRange | undefined): void {
    const progress = this.sessions.get(record.session);
    if (progress !== undefined && record.ordinal <= progress.ordinal) return;
    this.sessions.advance(record.session, record.ordinal, ids?.kind === 'UPDATE' ? ids.last : undefined);
    if (this.receiveTime === null || record.receiveTime > this.receiveTime)
      this.receiveTime = record.receiveTime;
  }

  toSnapshot(): MemorySnapshot {
    return {
      sessions: this.sessions.toSnapshot(),
      numbered: [...this.#numbered].map(([kind, { seen, base, held }]) => [
        kind,
        seen.toText(),
        base?.toString() ?? '',
        held?.toString() ?? '',
      ]),
      opaque: this.#opaque?.toSnapshot() ?? null,
      changes: this.#changes?.toSnapshot() ?? null,
      bars: this.#bars?.toSnapshot() ?? null,
      eventTime: this.eventTime,
      receiveTime: this.receiveTime,
      resync: this.resync,
    };
  }
}

/** Ids between what is held and a LIVE record that were never seen; 0 when it does not jump. */
export function missingBefore(memory: NumberedMemory, record: RawRecord, ids: IdRange): number {
  if (record.origin !== 'LIVE' || memory.held === undefined) return 0;
  const next = shiftId(memory.held, 1);
  return ids.first <= next ? 0 : memory.seen.missing(next, shiftId(ids.first, -1));
}

function accountFor(memory: NumberedMemory, record: RawRecord, ids: IdRange): Admission {
  const { base, held, seen } = memory;
  if (held === undefined || base === undefined) return UNCHANGED;
  if (ids.first > held) {
    const missingIds = missingBefore(memory, record, ids);
    return missingIds === 0 ? UNCHANGED : { missingIds, filled: 0 };
  }
  const first = ids.first > base ? ids.first : base;
  const last = ids.last < held ? ids.last : held;
  return first > last ? UNCHANGED : { missingIds: 0, filled: seen.missing(first, last) };
}
