import { parseId, type Id } from './id.ts';

/**
 * The newest book-update ids that were passed on. Unlike trades, updates replace each other and venues start their numbers anew (a
 * restart begins at 1), so what lies further back is not refused: only an id still remembered is a repetition.
 */
export class UpdateMemory {
  // In order of arrival from #head; the ids before it are forgotten. Nearly every id is the highest so far, which makes it new without a
  // search, and a redundant socket repeats one of the last, so a search from the end is short: a Set costs 2 µs more for each quote.
  #ids: Id[] = [];
  #head = 0;
  #highest: Id | undefined;
  /** Highest LIVE id since the count began. */
  held: Id | undefined;

  has(id: Id): boolean {
    if (this.#highest === undefined || id > this.#highest) return false;
    for (let i = this.#ids.length - 1; i >= this.#head; i--) {
      if (this.#ids[i] === id) return true;
    }
    return false;
  }

  /** Whether an id that is not remembered starts a new count: it lies below all that are. */
  restarts(id: Id): boolean {
    if (this.held === undefined || id >= this.held) return false;
    for (let i = this.#head; i < this.#ids.length; i++) {
      if ((this.#ids[i] as Id) <= id) return false;
    }
    return true;
  }

  /** Adds an id that is not remembered, and forgets the oldest beyond `limit`. */
  add(id: Id, live: boolean, limit: number): void {
    if (live && (this.held === undefined || id > this.held || this.restarts(id))) this.held = id;
    this.#ids.push(id);
    if (this.#highest === undefined || id > this.#highest) this.#highest = id;
    while (this.#ids.length - this.#head > limit) this.#forgetOldest();
    if (this.#head > 64 && this.#head * 2 > this.#ids.length) {
      this.#ids = this.#ids.slice(this.#head);
      this.#head = 0;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#ids[this.#head++] as Id;
    if (oldest !== this.#highest) return;
    // Only after a restart is the highest not the newest.
    this.#highest = this.#ids.slice(this.#head).reduce((high, id) => (id > high ? id : high));
  }

  /** `held|id difference difference …`, oldest first: neighbouring ids are short. */
  toText(): string {
    let before: Id = 0;
    const differences = this.#ids.slice(this.#head).map((id) => {
      const difference =
        typeof id === 'number' && typeof before === 'number' ? id - before : BigInt(id) - BigInt(before);
      before = id;
      return difference.toString();
    });
    return `${this.held ?? ''}|${differences.join(' ')}`;
  }

  /** Reverse of `toText`; `undefined` when the text is none. */
  static fromText(text: string): UpdateMemory | undefined {
    const match = /^(\d*)\|((?:-?\d+(?: (?!$)|$))*)$/.exec(text);
    if (match === null) return undefined;
    const memory = new UpdateMemory();
    let before = 0n;
    for (const difference of (match[2] as string).split(' ')) {
      if (difference === '') continue;
      before += BigInt(difference);
      const id = parseId(before.toString());
      if (id === undefined) return undefined;
      memory.add(id, false, Infinity);
    }
    memory.held = parseId(match[1] as string);
    return memory;
  }
}
