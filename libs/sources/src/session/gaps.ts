/** Ids [first, last], both included. */
export interface IdInterval {
  readonly first: number;
  readonly last: number;
}

/** What the ids of a record tell, where they do not simply follow the record before. */
export interface IdFinding {
  /** Ids jumped over just before this record. */
  readonly gap: IdInterval | null;
  /** Gaps, as they were told, of which nothing is missing any more. */
  readonly repaired: readonly IdInterval[];
  /** Every id of the record had come before. */
  readonly repeated: boolean;
}

const NO_INTERVALS: readonly IdInterval[] = Object.freeze([]);
const REPEATED: IdFinding = Object.freeze({ gap: null, repaired: NO_INTERVALS, repeated: true });

/** How many gaps of one stream are followed; the oldest is given up for a new one, and told as `outgrown`. */
export const GAPS_MAX = 4_096;

/** More ids than a venue gives one stream in months: a jump that is wider is taken for garbage until the ids after it say the same. */
export const LEAP_MAX = 1_000_000_000;

interface Gap {
  readonly told: IdInterval;
  /** What is still missing of it, in order. */
  left: IdInterval[];
}

/**
 * Follows contiguous venue ids of one stream, across sessions. A record covers an interval of them. Ids that come late take
 * back what was said to be missing.
 */
export class IdTracker {
  /** The id that is expected next; undefined before the first record. */
  #next: number | undefined;
  /** Nothing is known of the ids below. */
  #start = 0;
  #gaps: Gap[] = [];
  /** Where a leap that was not followed ended. */
  #leaptTo: number | undefined;
  #missing = 0;
  #verified = 0;
  #late = 0;
  #gapsFound = 0;
  /** What was given up for newer gaps and is not told yet. */
  #outgrown: IdInterval[] = [];

  /** Ids missing, whether they can still be had or not. */
  get missing(): number {
    return this.#missing;
  }

  /** Ids seen and in their place. */
  get verified(): number {
    return this.#verified;
  }

  /** Live records that came after a higher id and brought something new. */
  get late(): number {
    return this.#late;
  }

  /** Gaps found so far. */
  get gaps(): number {
    return this.#gapsFound;
  }

  get next(): number | undefined {
    return this.#next;
  }

  /** Ids of all that is missing and not given up, in order. */
  get open(): readonly IdInterval[] {
    return this.#gaps.flatMap(({ left }) => left);
  }

  /** Goes on where another tracker of the same stream stood: everything up to `last` was seen, but for `open`. */
  resume(last: number, open: readonly IdInterval[]): void {
    this.#next = last + 1;
    this.#start = 0;
    for (const gap of open.slice(-GAPS_MAX)) this.#miss(gap);
  }

  /**
   * Whether the ids of a record, not observed yet, are absurdly far ahead of all others. They are not once they follow those of another leap: the
   * venue counts from there now.
   */
  leaps(first: number, last: number): boolean {
    if (!isLeap(this.#next, first)) {
      this.#leaptTo = undefined;
      return false;
    }
    const follows = this.#leaptTo !== undefined && first > this.#leaptTo && !isLeap(this.#leaptTo, first);
    this.#leaptTo = follows ? undefined : last;
    return !follows;
  }

  /** `undefined` when the record follows the one before. One that was fetched from history (`isPast`) is never late. */
  observe(first: number, last: number, isPast = false): IdFinding | undefined {
    const next = this.#next;
    if (next === undefined || first === next) {
      if (next === undefined) this.#start = first;
      this.#next = last + 1;
      this.#verified += last - first + 1;
      return undefined;
    }
    if (first > next) {
      const gap = { first: next, last: first - 1 };
      this.#next = last + 1;
      this.#verified += last - first + 1;
      this.#gapsFound++;
      this.#miss(gap);
      return { gap, repaired: NO_INTERVALS, repeated: false };
    }
    return this.#observeOld({ first, last }, next, isPast);
  }

  #observeOld({ first, last }: IdInterval, next: number, isPast: boolean): IdFinding | undefined {
    const missing = this.#missing;
    const repaired = this.#gaps.length === 0 ? NO_INTERVALS : this.#fill(first, last);
    if (last >= next) {
      this.#verified += last - next + 1;
      this.#next = last + 1;
    }
    const isNew = last >= next || this.#missing < missing || first < this.#start;
    if (!isNew) return REPEATED;
    if (!isPast) this.#late++;
    return repaired.length === 0 ? undefined : { gap: null, repaired, repeated: false };
  }

  /** Whether every id of [first, last] has come. False for ids older than all that is known. */
  has(first: number, last: number): boolean {
    if (this.#next === undefined || first < this.#start || last >= this.#next) return false;
    return !this.#gaps.some(({ left }) => left.some((part) => first <= part.last && last >= part.first));
  }

  /** What is missing, and not given up, within an interval. */
  missingIn({ first, last }: IdInterval): IdInterval[] {
    return this.open.flatMap((part) =>
      part.last < first || part.first > last
        ? []
        : [{ first: Math.max(first, part.first), last: Math.min(last, part.last) }],
    );
  }

  /** Ids that had come are missing after all: the records that held them were lost on their way. Tells those that were not missing before. */
  lose({ first, last }: IdInterval): IdInterval[] {
    const next = this.#next ?? 0;
    const seen = { first: Math.max(first, this.#start), last: Math.min(last, next - 1) };
    const parts = this.open.reduce<IdInterval[]>(
      (rest, missing) => rest.flatMap((part) => without(part, missing)),
      seen.first <= seen.last ? [seen] : [],
    );
    for (const part of parts) {
      this.#verified -= part.last - part.first + 1;
      this.#miss(part);
    }
    return parts;
  }

  /** Stops waiting for what is missing within an interval, which stays missing; tells the parts. */
  giveUp(interval: IdInterval): IdInterval[] {
    const parts = this.missingIn(interval);
    this.#gaps = this.#gaps.flatMap((gap) => {
      const left = gap.left.flatMap((part) => without(part, interval));
      return left.length === 0 ? [] : [{ told: gap.told, left }];
    });
    return parts;
  }

  /** What was missing of the gaps that had to make room for newer ones since the last call. */
  takeOutgrown(): IdInterval[] {
    return this.#outgrown.splice(0);
  }

  #miss(gap: IdInterval): void {
    this.#missing += gap.last - gap.first + 1;
    this.#gaps.push({ told: gap, left: [gap] });
    this.#gaps.sort((a, b) => a.told.first - b.told.first);
    if (this.#gaps.length <= GAPS_MAX) return;
    const forgotten = this.#gaps.shift() as Gap;
    this.#outgrown.push(...forgotten.left);
    this.#start = Math.max(this.#start, forgotten.told.last + 1);
  }

  /** Gaps that are whole with these ids. */
  #fill(first: number, last: number): IdInterval[] {
    const repaired: IdInterval[] = [];
    this.#gaps = this.#gaps.flatMap((gap) => {
      const before = countOf(gap.left);
      const left = gap.left.flatMap((part) => without(part, { first, last }));
      const filled = before - countOf(left);
      if (filled === 0) return [gap];
      this.#missing -= filled;
      this.#verified += filled;
      if (left.length > 0) return [{ told: gap.told, left }];
      repaired.push(gap.told);
      return [];
    });
    return repaired;
  }
}

function isLeap(from: number | undefined, to: number): boolean {
  return from !== undefined && to - from > LEAP_MAX;
}

function without(part: IdInterval, { first, last }: IdInterval): IdInterval[] {
  if (last < part.first || first > part.last) return [part];
  const rest: IdInterval[] = [];
  if (part.first < first) rest.push({ first: part.first, last: first - 1 });
  if (part.last > last) rest.push({ first: last + 1, last: part.last });
  return rest;
}

/** Ids in all of these. */
export function countOf(parts: readonly IdInterval[]): number {
  return parts.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** At most `max` intervals that hold all of these, which are in order: the nearest become one. */
export function widened(intervals: readonly IdInterval[], max: number): readonly IdInterval[] {
  if (intervals.length <= max) return intervals;
  const distances = intervals.slice(1).map(({ first }, i) => first - (intervals[i]?.last ?? first));
  const near = distances.toSorted((a, b) => a - b)[intervals.length - max - 1];
  const wide: IdInterval[] = [];
  for (const { first, last } of intervals) {
    const newest = wide.at(-1);
    if (newest !== undefined && first - newest.last <= (near ?? 0))
      wide[wide.length - 1] = { first: newest.first, last: Math.max(newest.last, last) };
    else wide.push({ first, last });
  }
  return wide;
}
