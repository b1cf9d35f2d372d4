/** One changed level of a book; `size` 0 takes it away. */
export interface LevelChange {
  readonly isBid: boolean;
  readonly price: number;
  readonly size: number;
}

interface Level {
  readonly price: number;
  size: number;
}

/**
 * A book of bounded depth whose top is always the listing's quote. Levels passed by the quote go away, old tops stay behind as
 * depth, and levels are filled in below when there are too few.
 */
export class Ladder {
  readonly depth: number;
  readonly #step: number;
  readonly #fillSize: number;
  /** Best first. */
  readonly bids: Level[] = [];
  readonly asks: Level[] = [];

  /** `step` is the distance between filled-in levels, `fillSize` their size, both in points. */
  constructor(depth: number, step: number, fillSize: number) {
    this.depth = depth;
    this.#step = step;
    this.#fillSize = fillSize;
  }

  /** Moves the top and says what changed, bids first. */
  setTop(bid: number, bidSize: number, ask: number, askSize: number): LevelChange[] {
    const changes: LevelChange[] = [];
    this.#setSide(this.bids, true, bid, bidSize, changes);
    this.#setSide(this.asks, false, ask, askSize, changes);
    return changes;
  }

  #setSide(levels: Level[], isBid: boolean, price: number, size: number, changes: LevelChange[]): void {
    while (levels[0] !== undefined && (isBid ? levels[0].price > price : levels[0].price < price)) {
      changes.push({ isBid, price: levels[0].price, size: 0 });
      levels.shift();
    }
    const top = levels[0];
    if (top?.price !== price) {
      levels.unshift({ price, size });
      changes.push({ isBid, price, size });
    } else if (top.size !== size) {
      top.size = size;
      changes.push({ isBid, price, size });
    }
    while (levels.length > this.depth) {
      const gone = levels.pop();
      if (gone !== undefined) changes.push({ isBid, price: gone.price, size: 0 });
    }
    while (levels.length < this.depth / 2) {
      const deepest = levels.at(-1)?.price ?? price;
      const next = isBid ? deepest - this.#step : deepest + this.#step;
      if (next <= 0) break;
      // Sizes differ from level to level, so that a client that mixes them up is found out.
      const level = { price: next, size: this.#fillSize * (1 + (levels.length % 7)) };
      levels.push(level);
      changes.push({ isBid, ...level });
    }
  }
}
