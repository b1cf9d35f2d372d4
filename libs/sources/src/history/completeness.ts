import type { TimePrecision } from '@concord/codec';
import type { Micros } from '@concord/model';
import type { IdTracker } from '../session/gaps.ts';
import { contiguousIds, numbersOf, type RawRecord } from '../session/stream-state.ts';
import type { Hole } from './hole.ts';

/** What a venue's answer held, all pages together. */
export interface Answer {
  /** Event times of its ends; infinite where it held none. */
  readonly oldest: Micros;
  readonly newest: Micros;
  /** Start of its newest bar. */
  readonly newestStart: Micros;
  /** Ids without arithmetic, oldest first. */
  readonly opaqueIds: readonly string[];
  /** The highest id that has arithmetic. */
  readonly highestId: number;
}

export const NO_ANSWER: Answer = {
  oldest: Infinity,
  newest: -Infinity,
  newestStart: -Infinity,
  opaqueIds: [],
  highestId: -Infinity,
};

export function extended(
  { oldest, newest, newestStart, opaqueIds, highestId }: Answer,
  page: readonly RawRecord[],
): Answer {
  const times = page.flatMap(({ eventTime }) => (eventTime === null ? [] : [eventTime]));
  return {
    oldest: times.reduce((least, time) => Math.min(least, time), oldest),
    newest: times.reduce((most, time) => Math.max(most, time), newest),
    newestStart: page.reduce((most, bar) => ('start' in bar ? Math.max(most, bar.start) : most), newestStart),
    opaqueIds: [...opaqueIds, ...page.flatMap(opaqueIdOf)],
    highestId: page.reduce((most, record) => Math.max(most, contiguousIds(record)?.last ?? most), highestId),
  };
}

function opaqueIdOf({ idKind, lastId }: RawRecord): string[] {
  return idKind === 'OPAQUE' && lastId !== null ? [lastId] : [];
}

/** What an answer makes of a hole, and the hole as it is asked for next. */
export interface Verdict {
  /**
   * `quiet`: all that history has, and nothing has come live since to compare it with · `behind`: history does not reach what has come live since, which is
   * a matter of time.
   */
  readonly result: 'filled' | 'unrepairable' | 'incomplete' | 'quiet' | 'behind';
  readonly hole: Hole;
}

/** How to tell what of a hole is still missing: one way for each kind of ids. Pure. */
export interface Completeness {
  /** The records of a page that may be missing. */
  within(hole: Hole, page: readonly RawRecord[]): readonly RawRecord[];
  /** The hole as far as it is still open; undefined when nothing is missing any more. */
  left(hole: Hole, ids: Pick<IdTracker, 'next' | 'missingIn'>): Hole | undefined;
  /** Event time of the record just before what is left, where this page of an answer tells it. */
  reached(left: Hole | undefined, page: readonly RawRecord[]): Micros | null;
  /** What a whole answer came to. `before` is the first record that came live after the hole. */
  judge(hole: Hole, left: Hole | undefined, answer: Answer, before: RawRecord | null): Verdict;
}

/** The ids themselves tell what is missing. A hole up to the newest is filled with what history has. */
export const CONTIGUOUS_IDS: Completeness = {
  within: ({ ids, window }, page) =>
    page.filter((record) => {
      const own = numbersOf(record, window);
      return (
        ids !== null && own !== undefined && own.last >= ids.first && own.first <= (ids.last ?? own.first)
      );
    }),
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
    const last = page.find(
      (record) => first !== undefined && numbersOf(record, left?.window)?.last === first - 1,
    );
    return last?.eventTime ?? null;
  },
  judge: (hole, left) => ({
    result: left === undefined || left.ids?.last === null ? 'filled' : 'incomplete',
    hole,
  }),
};

/** How long an instant of each precision lasts: history may tell coarser times than the stream. */
const LASTING: Readonly<Record<TimePrecision, Micros>> = {
  UNKNOWN: 1,
  SECOND: 1_000_000,
  MILLISECOND: 1_000,
  MICROSECOND: 1,
  NANOSECOND: 1,
};

/** The venue's history compares records by itself, and gives what is missing or throws. */
export const NO_IDS: Completeness = {
  within: ({ from }, page) =>
    page.filter(({ eventTime, eventTimePrecision }) => {
      if (from === null || eventTime === null) return true;
      return eventTime + LASTING[eventTimePrecision ?? 'UNKNOWN'] > from;
    }),
  left: (hole) => hole,
  reached: () => null,
  judge: (hole) => ({ result: 'filled', hole }),
};

/**
 * Bars of a venue that has none for windows without a trade: an answer is whole up to its newest bar, and shows that it reaches beyond the hole by the window of
 * the first one that came live after it.
 */
export const PLACED_BARS: Completeness = {
  ...NO_IDS,
  within: ({ before, through = -Infinity }, page) => {
    const end = before !== null && 'start' in before ? before.start : Infinity;
    return page.filter((record) => 'start' in record && record.start >= through && record.start < end);
  },
  judge: (hole, _, { newestStart }, before) => {
    const rest = { ...hole, through: Math.max(newestStart, hole.through ?? -Infinity) };
    if (before === null || !('start' in before)) return { result: 'quiet', hole: rest };
    return { result: newestStart >= before.start ? 'filled' : 'behind', hole: { ...rest, before } };
  },
};

/**
 * An answer holds everything between its ends, so that the records themselves prove what it fills, whatever a clock said when they came live: it must hold the last
 * one before the hole, and one that came live after it. A history that lags behind its stream ends earlier, and is asked again from there. Times decide only
 * where no such record is known, which is after a restart. Ids that have arithmetic come into such a hole where none was known before it: then the answer begins
 * at its time.
 */
export const OPAQUE_IDS: Completeness = {
  ...NO_IDS,
  within: (hole, page) => {
    const { link } = beginOf(hole);
    const place = link === null ? -1 : page.findIndex((record) => opaqueIdOf(record)[0] === link);
    return place < 0 ? NO_IDS.within({ ...hole, from: beginOf(hole).from }, page) : page.slice(place + 1);
  },
  judge: (hole, _, answer, before) => {
    const { oldest, newest, opaqueIds, highestId } = answer;
    const { link, from } = beginOf(hole);
    const met = before === null ? undefined : contiguousIds(before);
    if (met !== undefined)
      return { result: highestId >= met.first ? 'filled' : 'incomplete', hole: { ...hole, before } };
    const isOlder = from !== null && oldest < from;
    const isJoined = link === null ? isOlder : opaqueIds.includes(link);
    const rest = { ...hole, from: newest, link: opaqueIds.at(-1) ?? link, before };
    if (!isJoined) {
      const isPast = from === null || (oldest >= from && opaqueIds.length > 0);
      return isPast
        ? { result: 'unrepairable', hole: rest }
        : { result: 'incomplete', hole: { ...hole, before } };
    }
    if (before === null) return { result: 'quiet', hole: rest };
    const isMet = opaqueIdOf(before).some((id) => opaqueIds.includes(id));
    return { result: isMet ? 'filled' : 'incomplete', hole: rest };
  },
};

/** The id of the record before what is left, and a time at which it had happened: a venue's clock may have been ahead, never what was received. */
function beginOf({ link, after, from }: Hole): { link: string | null; from: Micros | null } {
  if (link !== undefined) return { link, from };
  if (after === null) return { link: null, from };
  return { link: opaqueIdOf(after)[0] ?? null, from: Math.min(from ?? Infinity, after.receiveTime) };
}

/** `tellsMissing` is that of the venue's history. */
export function completenessOf(
  { ids, kind }: Pick<Hole, 'ids' | 'kind'>,
  tellsMissing = false,
): Completeness {
  if (ids !== null) return CONTIGUOUS_IDS;
  if (kind === 'bars') return PLACED_BARS;
  return tellsMissing ? NO_IDS : OPAQUE_IDS;
}
