import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { INTERVALS, type Interval, type Micros } from '@concord/model';
import { IdTracker, type IdFinding, type IdInterval } from './gaps.ts';
import { RecentIds } from './recent-ids.ts';
import { RHYTHMS, StreamWatch, type RhythmLimits } from './staleness.ts';
import type { Stream } from '../venue.ts';

export type RawRecord = RawTrade | RawQuote | RawBar;

/** What is known of the completeness of a stream. */
export interface Coverage {
  /** Ids missing. */
  readonly missingIds: number;
  /** Ids checked and passed. */
  readonly verified: number;
  /** Records with nothing to check. */
  readonly unverifiable: number;
  /** Ids missing or late, and each hole of unknown size that is not filled as one. */
  readonly suspect: number;
}

export const NO_COVERAGE: Coverage = { missingIds: 0, verified: 0, unverifiable: 0, suspect: 0 };

/** How far a stream was written before: by this process, or by the replica that had it. */
export interface StreamCheckpoint {
  /** The last of the contiguous ids that are in the log, null where the venue has none. */
  readonly lastId: number | null;
  /** Before the first of the open holes without ids. */
  readonly lastEventTime: Micros | null;
  /** Ids before it that are missing and may still be had. */
  readonly openHoles: readonly IdInterval[];
  /** Open holes without ids, each told by a marker; default 0. */
  readonly uncounted?: number;
  /** So old that nothing is fetched from there on: what was missed is told as lost. */
  readonly isOutdated?: boolean;
  /** When whoever had the stream said so. */
  readonly saidAt?: Micros;
  /** It did not say that it stopped then: it may have written more than this. */
  readonly isAbandoned?: boolean;
  /** Of all that was before, without the holes that are open; default nothing. */
  readonly coverage?: Coverage;
}

/**
 * A session's part among those that serve the same streams at once: side by side by choice, or while one replaces the other. Beside the `only` one no
 * other has brought anything.
 */
export type Role = 'alone' | 'only' | 'leading' | 'following';

/** Ids of book changes remembered for the count: what a second socket begins with is as new as that. */
const UPDATES_MAX = 512;

const NOTHING_FOUND: Pick<IdFinding, 'gap' | 'repaired'> = { gap: null, repaired: [] };

/** What is known of one stream; outlives its sessions. */
export class StreamState {
  readonly stream: Stream;
  readonly watch: StreamWatch;
  readonly ids = new IdTracker();
  /**
   * From when on something is missing if nothing was received yet, by event time: up to there whoever had the stream before wrote it; trades that nobody had are
   * missed from the moment on in which they were served first.
   */
  unseenFrom: Micros | null;
  /** Holes without ids that whoever had the stream before told and left open: the first hole of this one spans them. */
  inheritedHoles: number;
  /** Records and refused frames of the present session. */
  received = 0;
  refused = 0;
  /** Coverage of what was before. */
  readonly #inherited: Coverage;
  /** Records of all sessions. */
  receivedInAll = 0;
  /** Records with nothing to check, of all sessions; what more than one of them brought counts once. */
  unverifiable = 0;
  /** Holes of unknown size that were found, and those of them that are not filled. */
  uncountedHoles = 0;
  uncountedOpen = 0;
  lastReceiveTime: Micros | null = null;
  /** The newest record in the order of arrival, history left out. */
  last: RawRecord | null = null;
  /** The newest before it that another session brought. */
  #lastOfOther: RawRecord | null = null;
  /** Start of the newest closed bar. */
  #closedStart = Number.NEGATIVE_INFINITY;
  /** Why the venue does not serve it, where it said so. */
  rejection: string | null = null;
  stale = false;
  /** Ids without arithmetic, and ids of book changes while two sessions send them. */
  readonly #recent = new RecentIds();
  /** Ids of book changes, whether one session sends them or two. */
  readonly #updates = new RecentIds(UPDATES_MAX);

  constructor(
    stream: Stream,
    nowMs: number,
    checkpoint?: StreamCheckpoint,
    rhythm: RhythmLimits = RHYTHMS[stream.kind],
  ) {
    this.stream = stream;
    this.watch = new StreamWatch(rhythm, nowMs);
    this.unseenFrom = checkpoint?.lastEventTime ?? null;
    this.inheritedHoles = checkpoint?.uncounted ?? 0;
    this.#inherited = checkpoint?.coverage ?? NO_COVERAGE;
    if (checkpoint?.isOutdated === true) this.uncountedHoles = this.uncountedOpen = 1;
    if (checkpoint?.lastId != null && (stream.kind !== 'bars' || stream.window !== undefined))
      this.ids.resume(checkpoint.lastId, checkpoint.openHoles);
  }

  /** Gaps found so far, of whatever size. */
  get gaps(): number {
    return this.ids.gaps + this.uncountedHoles;
  }

  /** What is in doubt: ids that are missing or came late, and each hole that nobody can count as one. */
  get suspect(): number {
    return this.ids.missing + this.ids.late + this.uncountedOpen;
  }

  /** Of the stream's whole life, as far as checkpoints tell what was before. */
  get coverage(): Coverage {
    const { ids, suspect, unverifiable } = this;
    const before = this.#inherited;
    return {
      missingIds: before.missingIds + ids.missing,
      verified: before.verified + ids.verified,
      unverifiable: before.unverifiable + unverifiable,
      suspect: before.suspect + suspect,
    };
  }

  startSession(nowMs: number): void {
    this.received = 0;
    this.refused = 0;
    this.rejection = null;
    this.watch.restart(nowMs);
  }

  /** The newest record that came before a session, which may have brought some itself. */
  lastBefore(session: string): RawRecord | null {
    return this.last?.session === session ? this.#lastOfOther : this.last;
  }

  /**
   * Whether another session that serves the stream has sent the same. Of records without ids one is taken from whichever session brings something newer than
   * the others have, so that a session which stalls holds nothing up; where nothing tells what is newer, from the one that leads.
   */
  isRepeated(record: RawRecord, role: Role): boolean {
    if (role === 'alone') return false;
    const interval = contiguousIds(record);
    if (interval !== undefined) return this.ids.has(interval.first, interval.last);
    if (record.lastId !== null && 'price' in record) return this.#recent.has(record.lastId);
    if (record.idKind === 'UPDATE' && record.lastId !== null) {
      const isKnown = this.#recent.has(record.lastId);
      this.#recent.add(record.lastId, record.session);
      return isKnown;
    }
    if (role === 'only' || this.last?.session === record.session) return false;
    return !(this.#isNewer(record) ?? role === 'leading');
  }

  /** `undefined` where neither the venue's time nor the state of a bar tells. */
  #isNewer(record: RawRecord): boolean | undefined {
    const { last } = this;
    if ('start' in record) {
      if (record.final) return record.start > this.#closedStart; // also behind a bar that is open already
      if (last === null || !('start' in last)) return true;
      if (record.start !== last.start) return record.start > last.start;
      return !last.final && (record.volume ?? 0n) > (last.volume ?? 0n);
    }
    if ('price' in record || record.eventTime === null) return undefined;
    if (last === null) return true;
    return last.eventTime === null ? undefined : record.eventTime > last.eventTime;
  }

  /** What is wrong with a live record's ids after all that came before. */
  problemOf(record: RawRecord): string | undefined {
    const interval = contiguousIds(record);
    return interval !== undefined && this.ids.leaps(interval.first, interval.last)
      ? `firstId: expected an id near ${this.ids.next}, got ${interval.first}`
      : undefined;
  }

  /** Counts a live record and checks its place among the ids, where they are contiguous. */
  take(record: RawRecord, nowMs: number): IdFinding | undefined {
    this.received++;
    this.receivedInAll++;
    this.lastReceiveTime = record.receiveTime;
    if (this.last?.session !== record.session) this.#lastOfOther = this.last;
    this.last = record;
    if ('start' in record && record.final) this.#closedStart = Math.max(this.#closedStart, record.start);
    this.stale = false;
    this.rejection = null; // whatever the venue said: it serves
    this.watch.saw(nowMs);
    return this.#observe(record);
  }

  /** Counts a record fetched from the venue's history. `undefined` when it is one that came before. */
  takePast(record: RawRecord): Pick<IdFinding, 'gap' | 'repaired'> | undefined {
    const interval = numbersOf(record, this.stream.window);
    if (interval !== undefined && this.ids.has(interval.first, interval.last)) return undefined;
    if (record.idKind === 'OPAQUE' && record.lastId !== null && this.#recent.has(record.lastId))
      return undefined;
    this.receivedInAll++;
    return this.#observe(record, true) ?? NOTHING_FOUND;
  }

  #observe(record: RawRecord, isPast = false): IdFinding | undefined {
    const finding = observeIn(this.ids, record, this.stream.window, isPast);
    if (finding !== 'unnumbered') return finding;
    if (this.#broughtFirst(record) === record.session) this.unverifiable++;
    return undefined;
  }

  /** The session that brought a record first, as far as its id tells. */
  #broughtFirst({ idKind, lastId, session }: RawRecord): string {
    if (lastId !== null && idKind === 'OPAQUE') return this.#recent.add(lastId, session);
    if (lastId !== null && idKind === 'UPDATE') return this.#updates.add(lastId, session);
    return session;
  }
}

/** The ids that a record covers, where they have arithmetic. */
export function contiguousIds(record: RawRecord): IdInterval | undefined {
  if (record.idKind !== 'TRADE' && record.idKind !== 'AGGREGATE') return undefined;
  const first = Number(record.firstId);
  const last = Number(record.lastId);
  return Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last
    ? { first, last }
    : undefined;
}

/**
 * The ids that a record covers among those of its stream. Bars have none, but where a venue has one for every window, a closed one is numbered by its window,
 * counted from 1970. One that ends in the future is not, whatever it says.
 */
export function numbersOf(record: RawRecord, window: Interval | undefined): IdInterval | undefined {
  if (!('start' in record)) return contiguousIds(record);
  if (window === undefined || record.interval !== window || !record.final) return undefined;
  if (record.start > record.receiveTime) return undefined;
  const number = record.start / INTERVALS[window];
  return { first: number, last: number };
}

/** Follows the ids of a stream with one more record. */
export function observeIn(
  ids: IdTracker,
  record: RawRecord,
  window: Interval | undefined,
  isPast = false,
): IdFinding | undefined | 'unnumbered' {
  const numbers = numbersOf(record, window);
  if (numbers !== undefined) return ids.observe(numbers.first, numbers.last, isPast);
  // The first window that was open is expected to close.
  if ('start' in record && !record.final && record.interval === window && ids.next === undefined)
    ids.resume(record.start / INTERVALS[window] - 1, []);
  return 'unnumbered';
}
