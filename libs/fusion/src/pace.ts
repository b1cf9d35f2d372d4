import { MICROS_PER_SECOND, type Micros } from '@concord/model';

const WINDOW: Micros = 60 * MICROS_PER_SECOND;
/** Bound of the arrivals kept, however the limits are configured. */
const ARRIVALS_MAX = 10_000;

export interface PaceLimits {
  readonly tradeAgeFactor: number;
  readonly tradeMinimumAge: Micros;
  readonly tradeMaximumAge: Micros;
}

/**
 * How old a trade may be: clamp(factor × mean interval, minimum, maximum), where the mean interval is 60 s over the number of valid
 * trades of all sources in the last 60 s of log time. Beyond factor × 60 s / minimum of them the answer is the minimum, so no more
 * arrivals than that are kept: the count stays exact where it matters.
 */
export class TradePace {
  #arrivals: Micros[] = [];
  #head = 0;

  get arrivals(): readonly Micros[] {
    return this.#arrivals.slice(this.#head);
  }

  restore(arrivals: readonly Micros[]): void {
    this.#arrivals = [...arrivals];
    this.#head = 0;
  }

  arrived(at: Micros, limits: PaceLimits): void {
    this.#arrivals.push(at);
    const most = arrivalsThatMatter(limits);
    while (this.#arrivals.length - this.#head > most) this.#head++;
    this.#trim();
  }

  maximumAge(now: Micros, limits: PaceLimits): Micros {
    const from = now - WINDOW;
    while (this.#head < this.#arrivals.length && (this.#arrivals[this.#head] as Micros) <= from) this.#head++;
    this.#trim();
    const count = this.#arrivals.length - this.#head;
    if (count === 0) return limits.tradeMaximumAge;
    const wanted = Math.floor((limits.tradeAgeFactor * WINDOW) / count);
    return Math.min(limits.tradeMaximumAge, Math.max(limits.tradeMinimumAge, wanted));
  }

  #trim(): void {
    if (this.#head < 1_024 || this.#head * 2 < this.#arrivals.length) return;
    this.#arrivals = this.#arrivals.slice(this.#head);
    this.#head = 0;
  }
}

function arrivalsThatMatter(limits: PaceLimits): number {
  return Math.min(ARRIVALS_MAX, Math.ceil((limits.tradeAgeFactor * WINDOW) / limits.tradeMinimumAge));
}
