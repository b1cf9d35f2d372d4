import { divideHalfEven, type Fixed } from '@concord/model';
import { firstAtLeast, medianDistance, medianOfSorted } from './median.ts';

/** Length of a window (methodology, section 0). */
export const WINDOW_LENGTH = 60;
/** Fewer residuals than this say nothing about a source's noise. */
const LEAST = 10;

/**
 * The last 60 distances of a source's trades from the consensus before each. Kept in order of arrival and, beside it, sorted, so
 * that a new one costs two shifts and no sort.
 */
export class Residuals {
  readonly #arrived: Fixed[] = [];
  readonly #sorted: Fixed[] = [];

  get values(): readonly Fixed[] {
    return this.#arrived;
  }

  admit(residual: Fixed): void {
    if (this.#arrived.length === WINDOW_LENGTH) {
      const oldest = this.#arrived.shift() as Fixed;
      this.#sorted.splice(firstAtLeast(this.#sorted, oldest), 1);
    }
    this.#arrived.push(residual);
    this.#sorted.splice(firstAtLeast(this.#sorted, residual), 0, residual);
  }

  clear(): void {
    this.#arrived.length = 0;
    this.#sorted.length = 0;
  }

  /** 1.4826·MAD, the standard deviation that a normal distribution of this MAD has; 0 with fewer than 10 residuals. */
  spread(): Fixed {
    if (this.#sorted.length < LEAST) return 0n;
    const centre = medianOfSorted(this.#sorted);
    return divideHalfEven(medianDistance(this.#sorted, centre) * 14_826n, 10_000n);
  }
}
