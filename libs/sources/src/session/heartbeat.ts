import type { HeartbeatRule } from '../venue.ts';

/** Whether a connection lives by its venue's rule, and when to ask it. Times are steady milliseconds. */
export class Heartbeat {
  readonly #silenceMs: number;
  readonly #pingEveryMs: number;
  #heardAtMs = Number.POSITIVE_INFINITY;
  #pingedAtMs = Number.POSITIVE_INFINITY;

  constructor({ silenceMs, ping }: HeartbeatRule) {
    this.#silenceMs = silenceMs;
    this.#pingEveryMs = ping?.everyMs ?? Number.POSITIVE_INFINITY;
  }

  /** The connection is open from now on. */
  start(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#pingedAtMs = nowMs;
  }

  /** Anything came, or nothing could be heard until now. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  isSilent(nowMs: number): boolean {
    return nowMs - this.#heardAtMs >= this.#silenceMs;
  }

  /** Whether it is time for a ping; the next is due one interval after a yes. */
  isPingDue(nowMs: number): boolean {
    if (nowMs - this.#pingedAtMs < this.#pingEveryMs) return false;
    this.#pingedAtMs = nowMs;
    return true;
  }
}
