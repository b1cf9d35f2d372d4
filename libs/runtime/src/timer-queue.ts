import type { Timer } from './clock.ts';

/** A timer that waits. */
export interface Due {
  readonly run: () => void;
  /** For one that repeats; else null. */
  readonly everyMs: number | null;
  atMs: number;
  readonly order: number;
}

/** The timers of a clock that is moved: in the order in which they are due, those due at once in the order in which they were set. */
export class TimerQueue {
  readonly #waiting = new Set<Due>();
  #order = 0;

  get size(): number {
    return this.#waiting.size;
  }

  add(run: () => void, atMs: number, everyMs: number | null): Timer {
    const due: Due = { run, everyMs, atMs, order: this.#order++ };
    this.#waiting.add(due);
    return { cancel: () => void this.#waiting.delete(due) };
  }

  /** The next one that is due at or before `untilMs`. */
  next(untilMs = Infinity): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#waiting) {
      if (due.atMs > untilMs) continue;
      if (next === undefined || due.atMs < next.atMs || (due.atMs === next.atMs && due.order < next.order))
        next = due;
    }
    return next;
  }

  /** Runs it, after it was taken out or set anew. */
  fire(due: Due): void {
    if (due.everyMs === null) this.#waiting.delete(due);
    else due.atMs += due.everyMs;
    due.run();
  }
}
