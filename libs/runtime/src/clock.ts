/** The longest that Node's timers can wait: beyond it they are over at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A pending timer; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time, timers and chance. Tests, simulation and playback replace it; nothing else in `libs/` or `services/`
 * reads the machine's clock.
 */
export interface Clock {
  /** Milliseconds since 1970, an integer. */
  nowMs(): number;
  /** Microseconds since 1970, an integer; strictly finer than `nowMs` where the machine allows. */
  nowMicros(): number;
  /** Milliseconds that pass steadily, for measuring durations only. */
  monotonicMs(): number;
  setTimer(run: () => void, delayMs: number): Timer;
  setRepeating(run: () => void, everyMs: number): Timer;
  /** Resolves after `delayMs`, or at once when `signal` aborts (it never rejects). */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface SystemClockOptions {
  /** Milliseconds since 1970 at which the clock starts; the machine's time when absent. */
  startAtMs?: number;
  /** How many of its seconds pass in one real second; default 1. Delays shrink accordingly. */
  speed?: number;
  /** Real milliseconds since 1970 at which `startAtMs` held, so that several processes share one clock; now when absent. */
  anchorMs?: number;
}

/** The machine's clock, optionally started at another instant and run at another speed (playback of recordings). */
export class SystemClock implements Clock {
  readonly #originRealMs: number;
  readonly #startMs: number;
  readonly #speed: number;

  constructor(options: SystemClockOptions = {}) {
    this.#originRealMs = options.anchorMs ?? performance.timeOrigin + performance.now();
    this.#startMs = options.startAtMs ?? this.#originRealMs;
    this.#speed = options.speed ?? 1;
    if (!(this.#speed > 0)) throw new RangeError(`clock.speed must be above 0, got ${options.speed}`);
  }

  #now(): number {
    return this.#startMs + (performance.timeOrigin + performance.now() - this.#originRealMs) * this.#speed;
  }

  nowMs(): number {
    return Math.floor(this.#now());
  }

  nowMicros(): number {
    return Math.floor(this.#now() * 1_000);
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(run: () => void, delayMs: number): Timer {
    let handle: NodeJS.Timeout;
    const wait = (ms: number): void => {
      handle =
        ms > TIMEOUT_MS_MAX
          ? setTimeout(() => wait(ms - TIMEOUT_MS_MAX), TIMEOUT_MS_MAX)
          : setTimeout(run, Math.max(0, ms));
    };
    wait(delayMs / this.#speed);
    return { cancel: () => clearTimeout(handle) };
  }

  setRepeating(run: () => void, everyMs: number): Timer {
    const handle = setInterval(run, Math.max(1, everyMs / this.#speed));
    return { cancel: () => clearInterval(handle) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  random(): number {
    return Math.random();
  }
}

/** Lets all that is ready have its turn. No clock's time: a long computation asks for it, and its results do not depend on it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What `sleep` is to every clock: resolves after `delayMs` of its time, or at once when the signal aborts. */
export function sleepOn(
  clock: Pick<Clock, 'setTimer'>,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimer(finish, delayMs);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
