import { saturated } from './exact.ts';
import { idDistance, parseId, shiftId, type Id } from './id.ts';

/** How the ids of one record lie to those seen. */
export type Coverage = 'new' | 'seen' | 'partly' | 'beyond';

/**
 * Ids seen, as disjoint intervals in ascending order. At most `limit` intervals are kept: the lowest are forgotten first, and the
 * horizon, the highest id forgotten, rises; of ids at or below it nothing is known. Contiguous ids are one interval however
 * many they are.
 */
export class IntervalSet {
  // Live intervals are [#starts[i], #ends[i]] for i from #head: forgetting the lowest is then a step, not a move of all.
  #starts: Id[] = [];
  #ends: Id[] = [];
  #head = 0;
  #horizon: Id | undefined;

  get size(): number {
    return this.#ends.length - this.#head;
  }

  get horizon(): Id | undefined {
    return this.#horizon;
  }

  /** First live index whose interval ends at or after `id`. */
  #find(id: Id): number {
    let low = this.#head;
    let high = this.#ends.length;
    if (high > low && (this.#ends[high - 1] as Id) < id) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as Id) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `beyond` when any of [first, last] lies at or below the horizon. */
  coverage(first: Id, last: Id): Coverage {
    if (this.#horizon !== undefined && first <= this.#horizon) return 'beyond';
    const index = this.#find(first);
    if (index === this.#ends.length) return 'new';
    const start = this.#starts[index] as Id;
    if (start > last) return 'new';
    return start <= first && last <= (this.#ends[index] as Id) ? 'seen' : 'partly';
  }

  /** How many ids of [first, last] were not seen, at most 2^53 − 1; 0 for an empty range. */
  missing(first: Id, last: Id): number {
    let count = 0;
    let from = first;
    for (let i = this.#find(first); i < this.#ends.length && from <= last; i++) {
      const start = this.#starts[i] as Id;
      if (start > last) break;
      if (start > from) count = saturated(count + idDistance(from, start));
      from = shiftId(this.#ends[i] as Id, 1);
    }
    return from <= last ? saturated(count + idDistance(from, last) + 1) : count;
  }

  /** Adds [first, last]; what of it lies below the horizon changes nothing there. */
  add(first: Id, last: Id, limit: number): void {
    const count = this.#ends.length;
    if (this.size > 0 && first === shiftId(this.#ends[count - 1] as Id, 1)) this.#ends[count - 1] = last;
    else this.#insert(first, last);
    while (this.size > limit) {
      this.#horizon = this.#ends[this.#head] as Id;
      this.#head++;
    }
    if (this.#head > 64 && this.#head * 2 > this.#ends.length) this.#compact();
  }

  #insert(first: Id, last: Id): void {
    // Neighbours that touch are merged: from the first that ends at or after first − 1 to the last that starts at or before last + 1.
    const from = this.#find(first > 0 ? shiftId(first, -1) : first);
    const bound = shiftId(last, 1);
    let to = from;
    while (to < this.#ends.length && (this.#starts[to] as Id) <= bound) to++;
    if (to === from) {
      this.#starts.splice(from, 0, first);
      this.#ends.splice(from, 0, last);
      return;
    }
    const start = this.#starts[from] as Id;
    const end = this.#ends[to - 1] as Id;
    this.#starts.splice(from, to - from, start < first ? start : first);
    this.#ends.splice(from, to - from, end > last ? end : last);
  }

  #compact(): void {
    this.#starts = this.#starts.slice(this.#head);
    this.#ends = this.#ends.slice(this.#head);
    this.#head = 0;
  }

  /** `horizon|start+length gap+length …`: differences keep thousands of neighbouring ids short; `+length` is absent for single ids. */
  toText(): string {
    const parts: string[] = [];
    let before: Id = 0;
    for (let i = this.#head; i < this.#ends.length; i++) {
      const start = this.#starts[i] as Id;
      const end = this.#ends[i] as Id;
      const gap = typeof start === 'number' ? idDistance(before, start) : BigInt(start) - BigInt(before);
      parts.push(start === end ? `${gap}` : `${gap}+${BigInt(end) - BigInt(start)}`);
      before = end;
    }
    return `${this.#horizon ?? ''}|${parts.join(' ')}`;
  }

  /** Reverse of `toText`; `undefined` when the text is none. */
  static fromText(text: string): IntervalSet | undefined {
    const match = /^(\d*)\|((?:\d+(?:\+\d+)?(?: |$))*)$/.exec(text);
    if (match === null) return undefined;
    const set = new IntervalSet();
    if (match[1] !== '') set.#horizon = parseId(match[1] as string);
    let before = 0n;
    for (const part of (match[2] as string).split(' ')) {
      if (part === '') continue;
      const [gap = '', length = '0'] = part.split('+');
      const start = before + BigInt(gap);
      before = start + BigInt(length);
      set.#starts.push(parseId(start.toString()) as Id);
      set.#ends.push(parseId(before.toString()) as Id);
    }
    return set;
  }
}
