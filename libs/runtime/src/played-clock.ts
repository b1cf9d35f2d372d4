import { sleepOn, SystemClock, type Clock, type Timer } from './clock.ts';
import { TimerQueue } from './timer-queue.ts';

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
  readonly #timers = new TimerQueue();
  /** What it is ahead of the machine's time. */
  #aheadMs: number;
  /** The time within a move; the machine's otherwise. */
  #movingMs: number | undefined;
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
        const next = this.#timers.next(toMs);
        if (next === undefined) return;
        this.#movingMs = Math.max(this.#movingMs, next.atMs);
        this.#timers.fire(next);
      }
    } finally {
      this.#movingMs = undefined;
    }
  }

  /** Has the machine's clock wake this one when its next timer is due. */
  #plan(): void {
    this.#wake?.cancel();
    const next = this.#timers.next();
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
    const atMs = this.#now() + Math.max(0, delayMs);
    const isNext = atMs < (this.#timers.next()?.atMs ?? Infinity);
    const timer = this.#timers.add(run, atMs, everyMs);
    if (isNext) this.#plan();
    return timer;
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
    return sleepOn(this, delayMs, signal);
  }

  random(): number {
    return this.#machine.random();
  }
}
