import type { Micros } from '@concord/model';
import type { IdTracker } from '../session/gaps.ts';
import { contiguousIds, type RawRecord } from '../session/stream-state.ts';
import type { Hole } from './hole.ts';

/** What a venue's answer held, all pages together. */
export interface Answer {
  /** Event times of its ends; infinite where it held none. */
  readonly oldest: Micros;
  readonly newest: Micros;
  readonly hasOpaqueIds: boolean;
}

export const NO_ANSWER: Answer = { oldest: Infinity, newest: -Infinity, hasOpaqueIds: false };

export function extended({ oldest, newest, hasOpaqueIds }: Answer, page: readonly RawRecord[]): Answer {
  const times = page.flatMap(({ eventTime }) => (eventTime === null ? [] : [eventTime]));
  return {
    oldest: times.reduce((least, time) => Math.min(least, time), oldest),
    newest: times.reduce((most, time) => Math.max(most, time), newest),
    hasOpaqueIds: hasOpaqueIds || page.some(({ idKind }) => idKind === 'OPAQUE'),
  };
}

/** What an answer makes of a hole, and the hole as it is asked for next. */
export interface Verdict {
  /** `quiet`: all that history has, and nothing has come live since to compare it with. */
  readonly result: 'filled' | 'unrepairable' | 'incomplete' | 'quiet';
  readonly hole: Hole;
}

/** How to tell what of a hole is still missing: one way for each kind of ids. Pure. */
export interface Completeness {
  /** Whether a record of an answer may be one that is missing. */
  touches(hole: Hole, record: RawRecord): boolean;
  /** The hole as far as it is still open; undefined when nothing is missing any more. */
  left(hole: Hole, ids: Pick<IdTracker, 'next' | 'missingIn'>): Hole | undefined;
  /** Event time of the record just before what is left, where this page of an answer tells it. */
  reached(left: Hole | undefined, page: readonly RawRecord[]): Micros | null;
  /** What a whole answer came to. `before` is the first record that came live after the hole. */
  judge(hole: Hole, left: Hole | undefined, answer: Answer, before: RawRecord | null): Verdict;
}

/** The ids themselves tell what is missing. A hole up to the newest is filled with what history has. */
export const CONTIGUOUS_IDS: Completeness = {
  touches: ({ ids }, record) => {
    const own = contiguousIds(record);
    return ids !== null && own !== undefined && own.last >= ids.first && own.first <= (ids.last ?? own.first);
  },
  left: (hole, ids) => {
    if (hole.ids === null) return hole;
    const { first, last } = hole.ids;
    if (last === null) return { ...hole, ids: { first: ids.next ?? first, last } };
    const parts = ids.missingIn({ first, last });
    const [start, end] = [parts[0], parts.at(-1)];
    return start && end && { ...hole, ids: { first: start.first, last: end.last } };
  },
  reached: (left, page) => {
    const first = left?.ids?.first;
    const last = page.find((record) => first !== undefined && contiguousIds(record)?.last === first - 1);
    return last?.eventTime ?? null;
  },
  judge: (hole, left) => ({
    result: left === undefined || left.ids?.last === null ? 'filled' : 'incomplete',
    hole,
  }),
};

/** The venue's history compares records by itself, and gives what is missing or throws. */
export const NO_IDS: Completeness = {
  touches: ({ kind, from }, { eventTime }) => kind === 'bars' || from === null || (eventTime ?? from) >= from,
  left: (hole) => hole,
  reached: () => null,
  judge: (hole) => ({ result: 'filled', hole }),
};

/**
 * An answer holds everything between its ends. It must reach back to before the hole, and on to a record that came live after it: a history that lags behind its
 * stream ends earlier, and is asked again from there.
 */
export const OPAQUE_IDS: Completeness = {
  ...NO_IDS,
  judge: (hole, _, { oldest, newest }, before) => {
    if (hole.from === null || oldest >= hole.from) return { result: 'unrepairable', hole };
    const rest = { ...hole, from: Math.max(hole.from, newest), before };
    if (before === null) return { result: 'quiet', hole: rest };
    return { result: newest >= (before.eventTime ?? newest) ? 'filled' : 'incomplete', hole: rest };
  },
};

/** Where no record before the hole is known, only the answer tells whether there are ids. */
export function completenessOf({ ids, kind, after }: Hole, { hasOpaqueIds }: Answer): Completeness {
  if (ids !== null) return CONTIGUOUS_IDS;
  return kind !== 'bars' && (hasOpaqueIds || after?.idKind === 'OPAQUE') ? OPAQUE_IDS : NO_IDS;
}
