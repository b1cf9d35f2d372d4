import { parseId, type Id } from './id.ts';
import { RecentSet } from './recent-set.ts';

/**
 * The newest book-update ids that were passed on. Unlike trades, updates replace each other and venues start their numbers anew (a
 * restart begins at 1), so what lies further back is not refused: only an id still remembered is a repetition.
 */
export class UpdateMemory {
  readonly #recent = new RecentSet<Id>();
  /** Highest LIVE id since the count began. */
  held: Id | undefined;

  has(id: Id): boolean {
    return this.#recent.has(id);
  }

  /** Whether an id that is not remembered starts a new count: it lies below all that are. */
  restarts(id: Id): boolean {
    return this.held !== undefined && id < this.held && this.#recent.every((known) => id < known);
  }

  add(id: Id, live: boolean, limit: number): void {
    if (live && (this.held === undefined || id > this.held || this.restarts(id))) this.held = id;
    this.#recent.add(id, limit);
  }

  /** `held|id difference difference …`, oldest first: neighbouring ids are short. */
  toText(): string {
    let before: Id = 0;
    const differences = this.#recent.toArray().map((id) => {
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
      memory.#recent.add(id, Infinity);
    }
    memory.held = parseId(match[1] as string);
    return memory;
  }
}
