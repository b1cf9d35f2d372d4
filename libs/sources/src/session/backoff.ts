import type { Clock } from '@concord/runtime';

export interface BackoffLimits {
  /** Upper bound of the first delay. */
  readonly baseMs: number;
  /** Upper bound of every delay. */
  readonly capMs: number;
}

export const BACKOFF_DEFAULTS: BackoffLimits = { baseMs: 500, capMs: 30_000 };

/**
 * Capped exponential back-off with full jitter: a delay is uniform in [0, min(cap, base · 2ⁿ)), so that many clients cut off at once do not come back at
 * once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Reset it on the first data, not
 * on the connection: a venue that accepts and then says nothing is not well.
 */
export class Backoff {
  readonly #clock: Pick<Clock, 'random'>;
  readonly #limits: BackoffLimits;
  #failures = 0;

  constructor(clock: Pick<Clock, 'random'>, limits: BackoffLimits = BACKOFF_DEFAULTS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  nextMs(): number {
    const { baseMs, capMs } = this.#limits;
    const bound = Math.min(capMs, baseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return Math.floor(this.#clock.random() * bound);
  }

  reset(): void {
    this.#failures = 0;
  }
}
