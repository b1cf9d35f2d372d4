import { divideHalfEven, type Fixed } from '@concord/model';

export interface Quartiles {
  readonly p25: Fixed;
  readonly p50: Fixed;
  readonly p75: Fixed;
}

/**
 * The three-vote rule: each source votes p − c, p and p + c, each with its integer weight. With sorted votes V of total weight W: p25 = V[⌊W/4⌋],
 * p75 = V[W − 1 − ⌊W/4⌋], p50 = V[⌊W/2⌋] for odd W, else the mean of V[W/2 − 1] and V[W/2] (methodology, section D; with equal
 * weights it is Pyth's published rule). Kept sorted while votes come in.
 */
export class Votes {
  readonly #values: Fixed[] = [];
  readonly #weights: number[] = [];
  #total = 0;

  add(price: Fixed, halfWidth: Fixed, weight: number): void {
    this.#insert(price - halfWidth, weight);
    this.#insert(price, weight);
    this.#insert(price + halfWidth, weight);
  }

  /** At least one source must have voted. */
  quartiles(): Quartiles {
    const total = this.#total;
    const quarter = Math.floor(total / 4);
    const half = Math.floor(total / 2);
    const middle = this.#at(half);
    return {
      p25: this.#at(quarter),
      p50: total % 2 === 1 ? middle : divideHalfEven(this.#at(half - 1) + middle, 2n),
      p75: this.#at(total - 1 - quarter),
    };
  }

  #insert(value: Fixed, weight: number): void {
    let i = this.#values.length;
    while (i > 0 && (this.#values[i - 1] as Fixed) > value) {
      this.#values[i] = this.#values[i - 1] as Fixed;
      this.#weights[i] = this.#weights[i - 1] as number;
      i--;
    }
    this.#values[i] = value;
    this.#weights[i] = weight;
    this.#total += weight;
  }

  /** The vote at `index` when each is repeated as often as it weighs. */
  #at(index: number): Fixed {
    let before = 0;
    for (let i = 0; i < this.#values.length; i++) {
      before += this.#weights[i] as number;
      if (index < before) return this.#values[i] as Fixed;
    }
    throw new RangeError(`no vote at ${index} of ${this.#total}`);
  }
}
