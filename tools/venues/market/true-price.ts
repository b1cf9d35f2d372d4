import type { PriceParameters } from './parameters.ts';
import { Random } from './random.ts';

export const STEP_MICROS = 10_000;
const STEPS_PER_YEAR = (365 * 86_400 * 1_000_000) / STEP_MICROS;
const STEPS_PER_DAY = (86_400 * 1_000_000) / STEP_MICROS;
const STEPS_PER_MINUTE = (60 * 1_000_000) / STEP_MICROS;
/** 40.96 s of true prices are kept: the longest delay with which a venue may see them. */
export const KEPT_STEPS = 4_096;
/** The slow parts (volatility, basis, delays, clocks) move once in this many steps. */
export const SLOW_STEPS = 10;

/** The instrument's true price: log-price steps at 10 ms with mean-reverting volatility and rare jumps. */
export class TruePrice {
  readonly #random: Random;
  readonly #parameters: PriceParameters;
  readonly #kept = new Float64Array(KEPT_STEPS);
  readonly #stepSd: number;
  readonly #reversion: number;
  readonly #factorNoise: number;
  readonly #jumpChance: number;
  #logFactor = 0;
  #factor = 1;
  #step = 0;
  #logPrice: number;

  constructor(seed: number, instrument: string, startPrice: number, parameters: PriceParameters) {
    this.#random = new Random(seed, `${instrument}/true-price`);
    this.#parameters = parameters;
    this.#logPrice = Math.log(startPrice);
    this.#kept.fill(this.#logPrice);
    this.#stepSd = parameters.annualVolatility / Math.sqrt(STEPS_PER_YEAR);
    this.#reversion = 2 ** (-SLOW_STEPS / (parameters.volatilityHalfLifeMinutes * STEPS_PER_MINUTE));
    this.#factorNoise = parameters.volatilityFactorSd * Math.sqrt(1 - this.#reversion ** 2);
    this.#jumpChance = parameters.jumpsPerDay / STEPS_PER_DAY;
  }

  /** One step of 10 ms. */
  advance(): void {
    this.#step++;
    if (this.#step % SLOW_STEPS === 0) {
      const { volatilityFactorMin, volatilityFactorMax } = this.#parameters;
      this.#logFactor = this.#logFactor * this.#reversion + this.#factorNoise * this.#random.normal();
      this.#logFactor = clamp(this.#logFactor, Math.log(volatilityFactorMin), Math.log(volatilityFactorMax));
      this.#factor = Math.exp(this.#logFactor);
    }
    this.#logPrice += this.#stepSd * this.#factor * this.#random.normal();
    if (this.#random.uniform() < this.#jumpChance)
      this.#logPrice += this.#parameters.jumpSd * this.#random.normal();
    this.#kept[this.#step % KEPT_STEPS] = this.#logPrice;
  }

  get volatilityFactor(): number {
    return this.#factor;
  }

  get logPrice(): number {
    return this.#logPrice;
  }

  get price(): number {
    return Math.exp(this.#logPrice);
  }

  /** Log price `steps` ago (at most what is kept). */
  logPriceBefore(steps: number): number {
    const back = Math.min(Math.max(0, Math.floor(steps)), KEPT_STEPS - 1, this.#step);
    return this.#kept[(this.#step - back) % KEPT_STEPS] ?? this.#logPrice;
  }
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
