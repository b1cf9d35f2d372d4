import type { Clock } from '@concord/runtime';

/** Spaces actions out: none comes sooner than `gapMs` after the one before, in real time, since the venue counts in it. */
export class Pacer {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #gapMs: number;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>, gapMs: number) {
    this.#clock = clock;
    this.#gapMs = gapMs;
  }

  /** Takes the next place and says how long to wait for it. */
  reserveMs(): number {
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#gapMs;
    return at - now;
  }
}
