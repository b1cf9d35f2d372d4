import type { Clock } from '@concord/runtime';

/** At most `most` of what bears one key in any stretch of `windowMs`. */
interface Rule {
  readonly most: number;
  readonly windowMs: number;
}

/** Keys that are remembered; those whose time has passed go first. */
const KEYS_MAX = 2_048;

/** Counts by key in sliding windows. */
class Windows {
  readonly #rule: Rule;
  readonly #times = new Map<string, number[]>();

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  /** The earliest time at which one more keeps the rule. */
  readyAt(key: string, now: number): number {
    const { most, windowMs } = this.#rule;
    const times = this.#times.get(key);
    const oldest = times?.[times.length - most];
    return oldest === undefined ? now : Math.max(now, oldest + windowMs);
  }

  take(key: string, at: number, now: number): void {
    const { most, windowMs } = this.#rule;
    const times = this.#times.get(key) ?? [];
    times.push(at);
    while (times.length > most && (times[0] ?? at) + windowMs <= now) times.shift();
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size <= KEYS_MAX) return;
    for (const [old, [...past]] of this.#times) {
      if (this.#times.size <= KEYS_MAX / 2 || (past.at(-1) ?? 0) + windowMs > at) break;
      this.#times.delete(old);
    }
  }

  giveBack(key: string, at: number): void {
    const times = this.#times.get(key) ?? [];
    const place = times.lastIndexOf(at);
    if (place >= 0) times.splice(place, 1);
  }
}

/** A place among requests of the past. */
export interface Place {
  /** How long to wait for it. */
  readonly waitMs: number;
  /** For a request that was not sent: others may have it. */
  giveBack(): void;
}

/** TWS gives no more than one tick-by-tick request for an instrument in 15 seconds. */
const TICK_BY_TICK: Rule = { most: 1, windowMs: 15_000 };
/** The rules of history for prints and for bars of 30 seconds or less. */
const SAME_REQUEST: Rule = { most: 1, windowMs: 15_000 };
const SAME_CONTRACT: Rule = { most: 5, windowMs: 2_000 };
const ALL_REQUESTS: Rule = { most: 60, windowMs: 600_000 };
/** TWS counts from when a request reaches it, and one may wait its turn among others before it leaves. */
const MARGIN_MS = 2_000;

/**
 * When requests may be sent so that TWS does not call them a pacing violation (https://interactivebrokers.github.io/tws-api/historical_limitations.html,
 * 2026-11). One for a source, since TWS counts over the connections.
 */
export class Pacing {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #tickByTick = new Windows(TICK_BY_TICK);
  readonly #same = new Windows(SAME_REQUEST);
  readonly #contract = new Windows(SAME_CONTRACT);
  readonly #all = new Windows(ALL_REQUESTS);

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Milliseconds until tick-by-tick data of an instrument may be asked for; with 0 it counts as asked for. */
  tickByTickMs(instrument: string): number {
    const now = this.#clock.monotonicMs();
    const at = this.#tickByTick.readyAt(instrument, now);
    if (at > now) return at - now + MARGIN_MS;
    this.#tickByTick.take(instrument, now, now);
    return 0;
  }

  /** Takes the next place for a request of past prints or short bars. `request` names it, with all that it asks for. */
  history(instrument: string, request: string): Place {
    const now = this.#clock.monotonicMs();
    const earliest = Math.max(
      this.#same.readyAt(request, now),
      this.#contract.readyAt(instrument, now),
      this.#all.readyAt('', now),
    );
    const at = earliest > now ? earliest + MARGIN_MS : now;
    const taken = [
      [this.#same, request],
      [this.#contract, instrument],
      [this.#all, ''],
    ] as const;
    for (const [windows, key] of taken) windows.take(key, at, now);
    const giveBack = (): void => {
      for (const [windows, key] of taken) windows.giveBack(key, at);
    };
    return { waitMs: at - now, giveBack };
  }
}
