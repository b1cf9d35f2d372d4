import type { Micros } from '@concord/model';
import type { Clock, Timer } from '@concord/runtime';
import { ManualClock } from '../manual-clock.ts';

/** A clock that stands at the receipt of the frame that is played; its timers never run. */
export class ReceiptClock implements Clock {
  readonly #still = new ManualClock();
  at: Micros;

  constructor(at: Micros) {
    this.at = at;
  }

  nowMs(): number {
    return Math.floor(this.at / 1_000);
  }

  nowMicros(): Micros {
    return this.at;
  }

  monotonicMs(): number {
    return 0;
  }

  setTimer(run: () => void, delayMs: number): Timer {
    return this.#still.setTimer(run, delayMs);
  }

  setRepeating(run: () => void, everyMs: number): Timer {
    return this.#still.setRepeating(run, everyMs);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#still.sleep(delayMs, signal);
  }

  random(): number {
    return this.#still.random();
  }
}
