const FIRST_MS = 200;
const MAX_MS = 10_000;
/** One that lived this long begins anew with the first delay. */
const SETTLED_MS = 30_000;

/** How long to wait before something that ended is started again: longer each time, unless it lived for a while. Times are of a monotonic clock. */
export class RestartPace {
  #restarts = 0;
  #startedAtMs: number;

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
  }

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** It ended. Gives the delay, and whether it had lived long enough to have run well. */
  ended(nowMs: number): { readonly delayMs: number; readonly ranWell: boolean } {
    const ranWell = nowMs - this.#startedAtMs > SETTLED_MS;
    if (ranWell) this.#restarts = 0;
    return { delayMs: Math.min(MAX_MS, FIRST_MS * 2 ** this.#restarts++), ranWell };
  }
}
