/** The newest `limit` members in order of arrival. A ring beside the set names the oldest: a Set's own order is slow to find after deletions. */
export class RecentSet<T> {
  readonly #members = new Set<T>();
  #order: T[] = [];
  #head = 0;

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  /** Adds a new member; returns those forgotten for it, oldest first. Adding one that is there changes nothing. */
  add(member: T, limit: number): readonly T[] {
    if (this.#members.has(member)) return NONE;
    this.#members.add(member);
    this.#order.push(member);
    if (this.#members.size <= limit) return NONE;
    const forgotten: T[] = [];
    while (this.#members.size > limit) {
      const oldest = this.#order[this.#head++] as T;
      this.#members.delete(oldest);
      forgotten.push(oldest);
    }
    if (this.#head > 64 && this.#head * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    return forgotten;
  }

  /** Oldest first. */
  toArray(): T[] {
    return this.#order.slice(this.#head);
  }
}

const NONE: readonly never[] = Object.freeze([]);
