import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleepOn, TimerQueue, type Clock, type Due, type Timer } from '@concord/runtime';

export interface ManualClockOptions {
  /** Milliseconds since 1970 at which it stands first; default 2026-01-01T00:00:00Z. */
  readonly startAtMs?: number;
  /** Seed of `random`; print it when a test fails. */
  readonly seed?: number;
}

/**
 * A clock that stands still until a test moves it. Timers run in the order in which they are due, those due at once in the order in which they were set;
 * each sees the time at which it was due. `random` follows from the seed.
 */
export class ManualClock implements Clock {
  readonly #startAtMs: number;
  readonly #timers = new TimerQueue();
  #elapsedMs = 0;
  #state: number;

  constructor(options: ManualClockOptions = {}) {
    this.#startAtMs = options.startAtMs ?? Date.UTC(2026, 0, 1);
    this.#state = options.seed ?? 1;
  }

  nowMs(): number {
    return Math.floor(this.#startAtMs + this.#elapsedMs);
  }

  nowMicros(): number {
    return Math.floor((this.#startAtMs + this.#elapsedMs) * 1_000);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimer(run: () => void, delayMs: number): Timer {
    return this.#add(run, delayMs, null);
  }

  setRepeating(run: () => void, everyMs: number): Timer {
    return this.#add(run, everyMs, Math.max(1, everyMs));
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** Mulberry32: small, even enough for jitter, the same everywhere. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Moves on and runs what falls due on the way, synchronously: promises that wake up run only after it returns. */
  advance(ms: number): void {
    const until = this.#elapsedMs + ms;
    for (;;) {
      const next = this.#timers.next(until);
      if (next === undefined) break;
      this.#fire(next);
    }
    this.#elapsedMs = until;
  }

  /** Moves on like `advance` and lets everything that wakes up settle after each timer, so that what it does falls into its own time. */
  async pass(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = this.#timers.next(until);
      if (next === undefined) break;
      this.#fire(next);
      await settle();
    }
    this.#elapsedMs = until;
    await settle();
  }

  #add(run: () => void, delayMs: number, everyMs: number | null): Timer {
    return this.#timers.add(run, this.#elapsedMs + Math.max(0, delayMs), everyMs);
  }

  #fire(due: Due): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, due.atMs);
    this.#timers.fire(due);
  }
}

/** Lets every promise that can go on do so. Two turns: one for what was queued, one for what that queued. */
export async function settle(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

const PASSES_MAX = 1_000_000;

/** Moves the clock on by small steps until `work` is settled, so that what waits for time and what waits for a socket both go on. */
export async function passUntil<T>(clock: ManualClock, work: Promise<T>, stepMs = 10): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  work.then(over, over);
  for (let passes = 0; !isOver; passes++) {
    if (passes === PASSES_MAX) throw new Error(`not settled after ${PASSES_MAX * stepMs} ms of the clock`);
    await clock.pass(stepMs);
  }
  return work;
}
