import type { Clock } from '@concord/runtime';

/** Wakes whoever waits. Waiters check their condition themselves, before and after: a ring nobody waits for is forgotten. */
export class Bell {
  readonly #machineClock: Clock;
  #waiters: (() => void)[] = [];

  constructor(machineClock: Clock) {
    this.#machineClock = machineClock;
  }

  ring(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Resolves at the next ring, or after `timeoutMs` when that comes first. */
  wait(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      if (timeoutMs === undefined) {
        this.#waiters.push(resolve);
        return;
      }
      const wake = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.#machineClock.setTimer(() => {
        this.#waiters = this.#waiters.filter((waiter) => waiter !== wake);
        resolve();
      }, timeoutMs);
      this.#waiters.push(wake);
    });
  }
}
