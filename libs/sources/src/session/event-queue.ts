/** Called when the queue fills up and when there is room again. */
export interface Flow {
  full(): void;
  room(): void;
}

/**
 * What sessions have read and nobody has taken yet, in order. Policy when full: *wait* - `full` tells the sessions to stop reading their sockets; what they
 * had already read still comes in, so that the capacity is exceeded by at most one socket buffer each. There is `room` again at half.
 * One reader takes everything there is at a time.
 */
export class EventQueue<T> implements AsyncIterable<readonly T[]> {
  readonly #capacity: number;
  readonly #flow: Flow;
  #items: T[] = [];
  #weight = 0;
  #isFull = false;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(capacity: number, flow: Flow) {
    this.#capacity = capacity;
    this.#flow = flow;
  }

  get size(): number {
    return this.#weight;
  }

  /** `weight` is how many records the item holds. */
  push(item: T, weight: number): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.#weight += weight;
    if (!this.#isFull && this.#weight >= this.#capacity) {
      this.#isFull = true;
      this.#flow.full();
    }
    this.#wakeUp();
  }

  /** No more items; those inside are still given out. */
  close(): void {
    this.#closed = true;
    this.#wakeUp();
  }

  /** Ends the reader with an error once it has taken what is inside. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly T[], void, undefined> {
    for (;;) {
      if (this.#items.length === 0) {
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const items = this.#items;
      this.#items = [];
      // The weight falls only when the reader comes back for more: until then what it holds is still in memory.
      const weight = this.#weight;
      yield items;
      this.#weight -= weight;
      if (this.#isFull && this.#weight <= this.#capacity / 2) {
        this.#isFull = false;
        this.#flow.room();
      }
    }
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
