import type { Fixed } from '@concord/model';

/** Levels of one side that are kept after a cut. */
const DEPTH_DEFAULT = 1_000;

export interface Level {
  readonly price: Fixed;
  readonly size: Fixed;
}

export interface Top {
  readonly bid: Level | null;
  readonly ask: Level | null;
}

/**
 * The best levels of a book that is sent as changes, to tell its top. Bounded: each side holds all levels down to a bound and forgets what lies
 * beyond; the bound tightens when a side has grown to twice `depth`. The top is therefore exact as long as the side is not
 * used up; when it is, `exhausted` says so and the venue must send its snapshot again.
 */
export class TopOfBook {
  readonly #bids: BookSide;
  readonly #asks: BookSide;

  constructor(depth: number = DEPTH_DEFAULT) {
    this.#bids = new BookSide(depth, 1);
    this.#asks = new BookSide(depth, -1);
  }

  /** Replaces the whole book. Levels of size 0 are left out. */
  load(bids: readonly Level[], asks: readonly Level[]): void {
    this.#bids.load(bids);
    this.#asks.load(asks);
  }

  /** Sets the size at a price; 0 removes the level. */
  apply(side: 'bid' | 'ask', price: Fixed, size: Fixed): void {
    (side === 'bid' ? this.#bids : this.#asks).apply(price, size);
  }

  top(): Top {
    return { bid: this.#bids.best(), ask: this.#asks.best() };
  }

  /** True when a side is empty only because its deeper levels were forgotten. */
  get exhausted(): boolean {
    return this.#bids.exhausted || this.#asks.exhausted;
  }
}

/** Sorted so that the best level is the last: changes near the top move few entries. */
class BookSide {
  readonly #depth: number;
  /** 1 where a higher price is better, −1 where a lower one is. */
  readonly #sign: 1 | -1;
  #levels: { price: Fixed; size: Fixed }[] = [];
  /** The worst price up to which the side is complete; undefined while it is complete altogether. */
  #bound: Fixed | undefined;

  constructor(depth: number, sign: 1 | -1) {
    this.#depth = depth;
    this.#sign = sign;
  }

  get exhausted(): boolean {
    return this.#levels.length === 0 && this.#bound !== undefined;
  }

  best(): Level | null {
    const best = this.#levels[this.#levels.length - 1];
    return best === undefined ? null : { price: best.price, size: best.size };
  }

  load(levels: readonly Level[]): void {
    this.#levels = levels.filter((level) => level.size !== 0n).map(({ price, size }) => ({ price, size }));
    this.#levels.sort((a, b) => this.#order(a.price, b.price));
    this.#bound = undefined;
    this.#cut();
  }

  apply(price: Fixed, size: Fixed): void {
    if (this.#bound !== undefined && this.#order(price, this.#bound) < 0) return;
    const levels = this.#levels;
    const at = this.#find(price);
    const level = levels[at];
    if (level !== undefined && level.price === price) {
      if (size === 0n) levels.splice(at, 1);
      else level.size = size;
    } else if (size !== 0n) {
      levels.splice(at, 0, { price, size });
      if (levels.length >= this.#depth * 2) this.#cut();
    }
  }

  #order(a: Fixed, b: Fixed): number {
    return a === b ? 0 : a > b ? this.#sign : -this.#sign;
  }

  /** Index of the first level that is not worse than `price`. */
  #find(price: Fixed): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order((this.#levels[middle] as Level).price, price) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cut(): void {
    if (this.#levels.length <= this.#depth) return;
    this.#levels = this.#levels.slice(this.#levels.length - this.#depth);
    this.#bound = this.#levels[0]?.price;
  }
}
