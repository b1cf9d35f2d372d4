import type { Clock, Timer } from '@concord/runtime';
import type { Pacer } from './pacer.ts';

/** More than this many unsent messages are a fault of ours: the venue would cut the connection long before. */
const WAITING_MAX = 1_024;

/** Sends one connection's messages in order, no faster than the venue takes them. Full: *drop-newest*, told by `false`. */
export class Outbox {
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #write: (text: string) => void;
  readonly #timers = new Set<Timer>();

  /** `pacer` belongs to whatever the venue counts messages by: the connection or the address. */
  constructor(clock: Clock, pacer: Pacer, write: (text: string) => void) {
    this.#clock = clock;
    this.#pacer = pacer;
    this.#write = write;
  }

  send(text: string): boolean {
    if (this.#timers.size >= WAITING_MAX) return false;
    const delayMs = this.#pacer.reserveMs();
    if (delayMs <= 0) {
      this.#write(text);
      return true;
    }
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(timer);
      this.#write(text);
    }, delayMs);
    this.#timers.add(timer);
    return true;
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
