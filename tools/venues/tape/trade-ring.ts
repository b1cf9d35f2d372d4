/** One fill as the venue knows it. Price and size in points, time by the venue's clock. */
export interface Fill {
  readonly id: number;
  readonly at: number;
  readonly price: number;
  readonly size: number;
  readonly takerBuys: boolean;
}

/**
 * The last fills of a listing. Ids are contiguous, so that a fill's place follows from its id; when full, the oldest give way
 * (a venue's history is bounded too). Columns of numbers, not objects: thousands of fills per listing are kept.
 */
export class TradeRing {
  readonly #capacity: number;
  readonly #at: Float64Array;
  readonly #price: Float64Array;
  readonly #size: Float64Array;
  readonly #takerBuys: Uint8Array;
  readonly #firstId: number;
  #count = 0;

  constructor(capacity: number, firstId: number) {
    this.#capacity = capacity;
    this.#firstId = firstId;
    this.#at = new Float64Array(capacity);
    this.#price = new Float64Array(capacity);
    this.#size = new Float64Array(capacity);
    this.#takerBuys = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.#capacity;
  }

  get count(): number {
    return this.#count;
  }

  get nextId(): number {
    return this.#firstId + this.#count;
  }

  get oldestId(): number {
    return this.#firstId + Math.max(0, this.#count - this.#capacity);
  }

  push(at: number, price: number, size: number, takerBuys: boolean): number {
    const slot = this.#count % this.#capacity;
    this.#at[slot] = at;
    this.#price[slot] = price;
    this.#size[slot] = size;
    this.#takerBuys[slot] = takerBuys ? 1 : 0;
    this.#count++;
    return this.nextId - 1;
  }

  get(id: number): Fill | undefined {
    if (id < this.oldestId || id >= this.nextId) return undefined;
    const slot = (id - this.#firstId) % this.#capacity;
    return {
      id,
      at: this.#at[slot] ?? 0,
      price: this.#price[slot] ?? 0,
      size: this.#size[slot] ?? 0,
      takerBuys: this.#takerBuys[slot] === 1,
    };
  }

  /** First id whose time is at or after `at`; `nextId` when there is none. */
  firstIdFrom(at: number): number {
    let low = this.oldestId;
    let high = this.nextId;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const slot = (middle - this.#firstId) % this.#capacity;
      if ((this.#at[slot] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Fills with ids in [from, to), oldest first, as far as they are kept. */
  range(from: number, to: number): Fill[] {
    const fills: Fill[] = [];
    for (let id = Math.max(from, this.oldestId); id < Math.min(to, this.nextId); id++) {
      const fill = this.get(id);
      if (fill !== undefined) fills.push(fill);
    }
    return fills;
  }

  last(count: number): Fill[] {
    return this.range(this.nextId - count, this.nextId);
  }
}
