import type { Counter, Limits, VenueLimits } from '../server/limits.ts';
import type { BarsRequest, RealTimeBarsRequest, TicksRequest } from './requests.ts';

/**
 * What TWS allows, by name: https://interactivebrokers.github.io/tws-api/historical_limitations.html, …/market_data.html and
 * …/tick_data.html (2026-07). The lines of a basic account; tick-by-tick lines are 3 to 5 there.
 */
export const IB_LIMITS: VenueLimits = {
  rules: {
    messages: { most: 50, windowMs: 1_000 },
    lines: { most: 100 },
    'tick-by-tick': { most: 5 },
    'tick-by-tick-repeat': { most: 1, windowMs: 15_000 },
    'history-open': { most: 50 },
    'history-identical': { most: 1, windowMs: 15_000 },
    // Six or more within two seconds are a violation.
    'history-burst': { most: 5, windowMs: 2_000 },
    'history-small': { most: 60, windowMs: 600_000 },
  },
};

/** Bars of up to this length are paced; historical ticks are, too. */
const SMALL_BAR_SECONDS = 30;
const KEYS_MAX = 10_000;

/** A counter for each key; those that count nothing any more are forgotten when there are too many. */
class KeyedCounters {
  readonly #limits: Limits;
  readonly #name: string;
  readonly #counters = new Map<string, Counter>();

  constructor(limits: Limits, name: string) {
    this.#limits = limits;
    this.#name = name;
  }

  take(key: string): boolean {
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      if (this.#counters.size >= KEYS_MAX) this.#forget();
      this.#counters.set(key, (counter = this.#limits.counter(this.#name)));
    }
    return counter.take();
  }

  #forget(): void {
    for (const [key, counter] of this.#counters) if (counter.used === 0) this.#counters.delete(key);
  }
}

/** Keeps the pacing of one gateway; it holds for all of its clients together and outlives their connections. */
export class Pacing {
  readonly #tickByTick: KeyedCounters;
  readonly #identical: KeyedCounters;
  readonly #burst: KeyedCounters;
  readonly #small: Counter;

  constructor(limits: Limits) {
    this.#tickByTick = new KeyedCounters(limits, 'tick-by-tick-repeat');
    this.#identical = new KeyedCounters(limits, 'history-identical');
    this.#burst = new KeyedCounters(limits, 'history-burst');
    this.#small = limits.counter('history-small');
  }

  /** Whether a tick-by-tick request for a contract comes late enough after the one before, of whatever type. */
  allowsTickByTick(conId: number): boolean {
    return this.#tickByTick.take(String(conId));
  }

  /** Whether a request for small bars or ticks keeps the three rules. */
  allowsHistory(
    request: BarsRequest | TicksRequest | RealTimeBarsRequest,
    conId: number,
    barSeconds: number,
  ): boolean {
    if (barSeconds > SMALL_BAR_SECONDS) return true;
    const { exchange } = request.contract;
    const what = request.whatToShow.toUpperCase();
    const { id: _, contract: __, ...asked } = request;
    const isKept = [
      this.#identical.take(JSON.stringify([conId, exchange, asked])),
      this.#burst.take(`${conId}|${exchange}|${what}`),
      this.#small.take(what === 'BID_ASK' ? 2 : 1),
    ];
    return isKept.every(Boolean);
  }
}
