import type { Clock } from '@concord/runtime';
import { Backoff, type BackoffLimits } from '../session/backoff.ts';

export type BreakerState = 'CLOSED' | 'HALF_OPEN' | 'OPEN';

/** How a request that was let through ended: the host answered, it failed, or nothing was learnt of it. */
export type PassageEnd = 'answered' | 'failed' | 'unknown';

export interface BreakerOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'random'>;
  /** Failures in a row after which it opens. */
  readonly failuresMax?: number;
  /** How the pause grows with each probe that fails. */
  readonly growth?: BackoffLimits;
  /** Told of each change of state; `pauseMs` is how long an open one stays so. */
  readonly changed?: (state: BreakerState, pauseMs: number) => void;
}

const FAILURES_MAX = 3;
/** Shortest pause; what is added to it is drawn at random and doubles with each probe that fails. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_GROWTH = { baseMs: 1_000, capMs: 60_000 };

/**
 * Keeps requests away from a host that fails: after a few failures in a row it opens, after a pause one request goes as a probe (half-open), and the probe's
 * end closes it or opens it for longer.
 */
export class CircuitBreaker {
  readonly #clock: BreakerOptions['clock'];
  readonly #failuresMax: number;
  readonly #changed: NonNullable<BreakerOptions['changed']>;
  readonly #backoff: Backoff;
  #state: BreakerState = 'CLOSED';
  #failures = 0;
  #opensUntil = 0;
  /** Changes with the state: the end of a request that was sent in an earlier state says nothing of this one. */
  #era = 0;

  constructor(options: BreakerOptions) {
    const { clock, failuresMax = FAILURES_MAX, growth = PAUSE_GROWTH, changed = () => undefined } = options;
    this.#clock = clock;
    this.#failuresMax = failuresMax;
    this.#changed = changed;
    this.#backoff = new Backoff(clock, growth);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until a request may go; 0: now. While a probe is out, nobody knows: then a moment. */
  get waitMs(): number {
    if (this.#state === 'CLOSED') return 0;
    if (this.#state === 'HALF_OPEN') return PAUSE_MS_MIN;
    return Math.max(0, Math.ceil(this.#opensUntil - this.#clock.monotonicMs()));
  }

  /** Lets one request through; what is given back must be called with how it ended; the first call counts. `undefined`: it may not go. */
  enter(): ((end: PassageEnd) => void) | undefined {
    if (this.waitMs > 0) return undefined;
    if (this.#state === 'OPEN') this.#become('HALF_OPEN', 0);
    const era = this.#era;
    let isOver = false;
    return (end) => {
      if (era === this.#era && !isOver) this.#ended(end);
      isOver = true;
    };
  }

  #ended(end: PassageEnd): void {
    if (end === 'answered') {
      this.#failures = 0;
      this.#backoff.reset();
      if (this.#state === 'HALF_OPEN') this.#become('CLOSED', 0);
    } else if (end === 'failed') {
      this.#failures++;
      if (this.#state === 'HALF_OPEN' || this.#failures >= this.#failuresMax) {
        this.#become('OPEN', PAUSE_MS_MIN + this.#backoff.nextMs());
      }
    } else if (this.#state === 'HALF_OPEN') this.#become('OPEN', 0);
  }

  #become(state: BreakerState, pauseMs: number): void {
    this.#state = state;
    this.#era++;
    this.#opensUntil = this.#clock.monotonicMs() + pauseMs;
    this.#changed(state, pauseMs);
  }
}
