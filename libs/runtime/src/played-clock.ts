import { SystemClock, type Clock, type Timer } from './clock.ts';

interface Due {
  readonly run: () => void;
  readonly everyMs: number | null;
  atMs: number;
  readonly order: number;
}

export interface PlayedClockOptions {
  /** Milliseconds since 1970 at which it starts; the machine's time when absent. */
  readonly startAtMs?: number;
  /** Real milliseconds since 1970 at which `startAtMs` held; now when absent. */
  readonly anchorMs?: number;
}

const MARK = 'played:';

/** What a simulated venue's unasked pong carries: the recorded time of what it sends next, microseconds since 1970. */
export function playedTimeMark(micros: number): string {
  return `${MARK}${Math.floor(micros)}`;
}

/** The time in a pong's content; undefined for any other pong. */
export function playedTimeOf(pong: Buffer): number | undefined {
  const text = pong.toString('latin1');
  return /^played:\d{1,16}$/.test(text) ? Number(text.slice(MARK.length)) : undefined;
}

/**
 * The clock of a recording that is played as fast as it is read. It passes like the machine's and is moved forward, never back, by what is
 * played. Timers that fall due in such a move run in their order, and each sees the time at which it was due: a pause of ten seconds
 * in the recording brings ten ticks of a second.
 */
export class PlayedClock implements Clock {
  readonly #machine = new SystemClock();
  readonly #pending = new Set<Due>();
  /** What it is ahead of the machine's time. */
  #aheadMs: number;
  /** The time within a move; the machine's otherwise. */
  #movingMs: number | undefined;
  #order = 0;
  #wake: Timer | undefined;

  constructor(options: PlayedClockOptions) {
    const anchorMs = options.anchorMs ?? this.#machineMs();
    this.#aheadMs = (options.startAtMs ?? anchorMs) - anchorMs;
  }

  #machineMs(): number {
    return this.#machine.nowMicros() / 1_000;
  }

  #now(): number {
    return this.#movingMs ?? this.#machineMs() + this.#aheadMs;
  }

  /** What is played was recorded at this time, microseconds since 1970. */
  moveTo(micros: number): void {
    const toMs = micros / 1_000;
    if (toMs <= this.#now()) return;
    this.#runDue(toMs);
    this.#aheadMs = toMs - this.#machineMs();
    this.#plan();
  }

  #runDue(toMs: number): void {
    if (this.#movingMs !== undefined) return;
    this.#movingMs = this.#now();
    try {
      for (;;) {
        const next = this.#next();
        if (next === undefined || next.atMs > toMs) return;
        this.#movingMs = Math.max(this.#movingMs, next.atMs);
        if (next.everyMs === null) this.#pending.delete(next);
        else next.atMs += next.everyMs;
        next.run();
      }
    } finally {
      this.#movingMs = undefined;
    }
  }

  #next(): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#pending) {
      if (next === undefined || due.atMs < next.atMs || (due.atMs === next.atMs && due.order < next.order))
        next = due;
    }
    return next;
  }

  /** Has the machine's clock wake this one when its next timer is due. */
  #plan(): void {
    this.#wake?.cancel();
    const next = this.#next();
    if (next === undefined) return;
    this.#wake = this.#machine.setTimer(
      () => {
        this.#runDue(this.#now());
        this.#plan();
      },
      Math.max(0, Math.ceil(next.atMs - this.#now())),
    );
  }

  #add(run: () => void, delayMs: number, everyMs: number | null): Timer {
    const due: Due = { run, everyMs, atMs: this.#now() + Math.max(0, delayMs), order: this.#order++ };
    this.#pending.add(due);
    if (this.#next() === due) this.#plan();
    return { cancel: () => void this.#pending.delete(due) };
  }

  nowMs(): number {
    return Math.floor(this.#now());
  }

  nowMicros(): number {
    return Math.floor(this.#now() * 1_000);
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  setTimer(run: () => void, delayMs: number): Timer {
    return this.#add(run, delayMs, null);
  }

  setRepeating(run: () => void, everyMs: number): Timer {
    return this.#add(run, everyMs, Math.max(1, everyMs));
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const finish = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = this.setTimer(finish, delayMs);
      signal?.addEventListener('abort', finish, { once: true });
    });
  }

  random(): number {
    return this.#machine.random();
  }
}
