/** Ids [first, last], both included. */
export interface IdInterval {
  readonly first: number;
  readonly last: number;
}

export interface IdFinding {
  /** Ids jumped over just before this record. */
  readonly gap: IdInterval | null;
  /** Ids missing until now that this record covers. */
  readonly filled: readonly IdInterval[];
}

const NO_INTERVALS: readonly IdInterval[] = Object.freeze([]);

/** How many holes of one stream are remembered; the oldest is forgotten and stays missing. */
const HOLES_MAX = 256;

/**
 * Follows contiguous venue ids of one stream, across sessions. A record covers an interval of them. Ids that come late take
 * back what was said to be missing.
 */
export class IdTracker {
  #next: number | undefined;
  #holes: IdInterval[] = [];
  #missing = 0;
  #verified = 0;
  #late = 0;
  #gaps = 0;

  /** Ids still missing. */
  get missing(): number {
    return this.#missing;
  }

  /** Ids seen and in their place. */
  get verified(): number {
    return this.#verified;
  }

  /** Records that came after a higher id. */
  get late(): number {
    return this.#late;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** `undefined` when the record follows the one before, or covers nothing new. */
  observe(first: number, last: number): IdFinding | undefined {
    const next = this.#next;
    if (next === undefined || first === next) {
      this.#next = last + 1;
      this.#verified += last - first + 1;
      return undefined;
    }
    if (first > next) {
      const gap = { first: next, last: first - 1 };
      this.#next = last + 1;
      this.#verified += last - first + 1;
      this.#missing += gap.last - gap.first + 1;
      this.#gaps++;
      this.#holes.push(gap);
      if (this.#holes.length > HOLES_MAX) this.#holes.shift();
      return { gap, filled: NO_INTERVALS };
    }
    this.#late++;
    if (last >= next) {
      this.#verified += last - next + 1;
      this.#next = last + 1;
    }
    // Most late records are repetitions (a snapshot's overlap) and touch no hole.
    if (!this.#holes.some((hole) => first <= hole.last && last >= hole.first)) return undefined;
    return { gap: null, filled: this.#fill(first, last) };
  }

  #fill(first: number, last: number): IdInterval[] {
    const filled: IdInterval[] = [];
    this.#holes = this.#holes.flatMap((hole) => {
      if (last < hole.first || first > hole.last) return [hole];
      const covered = { first: Math.max(first, hole.first), last: Math.min(last, hole.last) };
      filled.push(covered);
      this.#missing -= covered.last - covered.first + 1;
      this.#verified += covered.last - covered.first + 1;
      const rest: IdInterval[] = [];
      if (hole.first < covered.first) rest.push({ first: hole.first, last: covered.first - 1 });
      if (hole.last > covered.last) rest.push({ first: covered.last + 1, last: hole.last });
      return rest;
    });
    return filled;
  }
}
