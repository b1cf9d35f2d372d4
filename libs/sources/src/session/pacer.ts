import type { Clock, Timer } from '@concord/runtime';

/**
 * Spaces actions out: none comes sooner than `gapMs` after the one before, in real time, since the venue counts in it. Judged when they are done, so that a process which
 * stalled does not do all at once that fell due meanwhile.
 */
export class Pacer {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly #gapMs: number;
  /** In the order in which they came; whoever adds one bounds how many it adds. */
  readonly #waiting = new Set<() => void>();
  /** Those whose turn comes before all of these. */
  readonly #urgent = new Set<() => void>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'setTimer'>, gapMs: number) {
    this.#clock = clock;
    this.#gapMs = gapMs;
  }

  /** Does it when its turn comes, at once where it has come; what is urgent goes before all that is not. Returns how to take it back. */
  act(action: () => void, isUrgent = false): () => void {
    const line = isUrgent ? this.#urgent : this.#waiting;
    line.add(action);
    if (this.#timer === undefined) this.#next();
    return () => {
      line.delete(action);
      if (this.#size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  /** Resolves when its turn has come, or when `signal` aborts. */
  turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let takeBack = (): void => undefined;
      const end = (): void => {
        takeBack();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      signal?.addEventListener('abort', end, { once: true });
      takeBack = this.act(end);
      if (signal?.aborted === true) end();
    });
  }

  get #size(): number {
    return this.#waiting.size + this.#urgent.size;
  }

  #next(): void {
    this.#timer = undefined;
    const line = this.#urgent.size > 0 ? this.#urgent : this.#waiting;
    const [action] = line;
    if (action === undefined) return;
    const now = this.#clock.monotonicMs();
    if (now >= this.#lastAt + this.#gapMs) {
      line.delete(action);
      this.#lastAt = now;
      action();
    }
    // The action may have asked for a turn itself.
    if (this.#size > 0)
      this.#timer ??= this.#clock.setTimer(() => this.#next(), this.#lastAt + this.#gapMs - now);
  }
}
