import { floorTo, powerOf10, type Grid } from '../grid.ts';
import { transposeDigits, type Distortion } from './attacks.ts';
import type { MarketEvent } from './events.ts';
import type { VenueParameters } from './parameters.ts';
import { Random } from './random.ts';
import { SLOW_STEPS, STEP_MICROS, type TruePrice } from './true-price.ts';
import type { VenueClock } from './venue-clock.ts';

const STEP_SECONDS = STEP_MICROS / 1_000_000;
const STEPS_PER_MINUTE = 60 / STEP_SECONDS;
const BP = 1e-4;
/** A size is never more than this many medians, however heavy the tail. */
const SIZE_CAP = 500;

export interface ListingModelOptions {
  readonly index: number;
  readonly name: string;
  readonly seed: number;
  readonly parameters: VenueParameters;
  readonly truePrice: TruePrice;
  readonly clock: VenueClock;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  /** Multiplies arrival rates. */
  readonly rate: number;
}

/** One instrument at one venue: its basis, its delay, its quotes and its trades, step by step. */
export class ListingModel {
  readonly index: number;
  readonly name: string;
  readonly #options: ListingModelOptions;
  readonly #p: VenueParameters;
  readonly #random: Random;
  readonly #quoteMean: number;
  readonly #arrivalMean: number;
  readonly #excitationDecay: number;
  readonly #excitationJump: number;
  readonly #basisKeep: number;
  #distortions: Distortion[] = [];
  #basis: number;
  #delayZ: number;
  #delaySteps = 0;
  #spreadZ: number;
  #excited = 0;
  #frozenLog = Number.NaN;
  #lastVenueAt = 0;
  #bid = 0;
  #ask = 0;
  #bidSize = 0;
  #askSize = 0;

  constructor(options: ListingModelOptions) {
    const p = options.parameters;
    this.#options = options;
    this.index = options.index;
    this.name = options.name;
    this.#p = p;
    this.#random = new Random(options.seed, options.name);
    this.#quoteMean = p.quoteMode === 'after-trades' ? 0 : p.quotesPerSecond * options.rate * STEP_SECONDS;
    const perArrival = 1 + p.burstShare * ((p.burstMin + p.burstMax) / 2 - 1);
    this.#arrivalMean = ((p.tradesPerSecond * options.rate) / perArrival) * (1 - p.excitation) * STEP_SECONDS;
    this.#excitationDecay = Math.exp(-p.excitationDecayPerSecond * STEP_SECONDS);
    this.#excitationJump = p.excitation * (1 - this.#excitationDecay);
    this.#basisKeep = 2 ** (-SLOW_STEPS / (p.basisHalfLifeMinutes * STEPS_PER_MINUTE));
    this.#basis = p.basisSdBp * BP * this.#random.normal();
    this.#delayZ = this.#random.normal();
    this.#spreadZ = this.#random.normal();
  }

  addDistortion(distortion: Distortion): void {
    this.#distortions.push(distortion);
  }

  /** The venue's events of the 10 ms that begin at `from`, in order of time. `slow` marks the steps at which slow parts move. */
  step(from: number, slow: boolean, out: MarketEvent[]): void {
    if (slow) this.#moveSlowParts(from);
    const random = this.#random;
    const quotes = this.#bid === 0 ? 1 : random.poisson(this.#quoteMean);
    const trades = random.poisson(this.#arrivalMean + this.#excited);
    if (this.#excited > 0) this.#excited = this.#excited < 1e-9 ? 0 : this.#excited * this.#excitationDecay;
    const count = quotes + trades;
    if (count === 0) return;
    this.#excited += trades * this.#excitationJump;
    if (count === 1) {
      const at = from + Math.floor(random.uniform() * STEP_MICROS);
      if (quotes === 1) this.#quote(at, out);
      else this.#trade(at, out);
      return;
    }
    // Time and kind in one number, so that one numeric sort orders quotes and trades together.
    const moments = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      moments[i] = Math.floor(random.uniform() * STEP_MICROS) * 2 + (i < quotes ? 0 : 1);
    }
    moments.sort();
    for (const moment of moments) {
      const at = from + Math.floor(moment / 2);
      if (moment % 2 === 0 || this.#bid === 0) this.#quote(at, out);
      else this.#trade(at, out);
    }
  }

  #moveSlowParts(at: number): void {
    const random = this.#random;
    const p = this.#p;
    const keep = this.#basisKeep;
    this.#basis = this.#basis * keep + p.basisSdBp * BP * Math.sqrt(1 - keep * keep) * random.normal();
    this.#delayZ = this.#delayZ * 0.97 + 0.243 * random.normal();
    this.#spreadZ = this.#spreadZ * 0.97 + 0.243 * random.normal();
    const delayMs = p.delayMedianMs * Math.exp(p.delayLogSd * this.#delayZ);
    // The delay may grow by no more than the time that passes: a venue never sees an older price than before.
    this.#delaySteps = Math.min(delayMs / (STEP_SECONDS * 1_000), this.#delaySteps + SLOW_STEPS);
    if (this.#distortions.length > 0) this.#distortions = this.#distortions.filter((one) => !one.isOver(at));
  }

  /** Log of the venue's own mid at `at`. */
  #logMid(at: number): number {
    let delay = this.#delaySteps;
    let offset = 0;
    let stuck = false;
    for (const distortion of this.#distortions) {
      delay = Math.max(delay, distortion.delaySteps(at));
      offset += distortion.logOffset(at);
      stuck ||= distortion.isStuck(at);
    }
    const log = this.#options.truePrice.logPriceBefore(delay) + this.#basis;
    if (!stuck || Number.isNaN(this.#frozenLog)) this.#frozenLog = log;
    return this.#frozenLog + offset;
  }

  /** The venue's time, never earlier than that of its last event though its clock drifts. */
  #venueTime(at: number): number {
    this.#lastVenueAt = Math.max(this.#lastVenueAt, this.#options.clock.at(at));
    return this.#lastVenueAt;
  }

  #isAbsent(at: number): boolean {
    return this.#distortions.some((one) => one.isAbsent(at));
  }

  #quote(at: number, out: MarketEvent[]): void {
    const { priceGrid, truePrice } = this.#options;
    const p = this.#p;
    const mid = Math.exp(this.#logMid(at));
    const half =
      p.halfSpreadBp * BP * Math.exp(p.halfSpreadLogSd * this.#spreadZ) * truePrice.volatilityFactor;
    const bid = Math.max(priceGrid.unit, floorTo(priceGrid, mid * (1 - half)));
    const ask = Math.max(bid + priceGrid.unit, floorTo(priceGrid, mid * (1 + half)) + priceGrid.unit);
    const random = this.#random;
    const sameBid = bid === this.#bid && random.uniform() < 0.5;
    const sameAsk = ask === this.#ask && random.uniform() < 0.5;
    this.#bid = bid;
    this.#ask = ask;
    if (!sameBid) this.#bidSize = this.#size(p.quoteSizeMedian, mid);
    if (!sameAsk) this.#askSize = this.#size(p.quoteSizeMedian, mid);
    if (sameBid && sameAsk && p.quoteMode === 'on-change') return;
    if (this.#distortions.length > 0 && this.#isAbsent(at)) return;
    out.push({
      kind: 'quote',
      listing: this.index,
      at,
      venueAt: this.#venueTime(at),
      bid: this.#distort(bid, at),
      bidSize: this.#bidSize,
      ask: this.#distort(ask, at),
      askSize: this.#askSize,
      truePrice: truePrice.price,
    });
  }

  #trade(at: number, out: MarketEvent[]): void {
    const { priceGrid, truePrice } = this.#options;
    const p = this.#p;
    const random = this.#random;
    // Takers pick off the price that lags: the drift of the last second, in units of 2 bp, decides the side.
    const drift = (truePrice.logPrice - truePrice.logPriceBefore(100)) / (2 * BP);
    const takerBuys = random.uniform() < 1 / (1 + Math.exp(-drift));
    const count = random.uniform() < p.burstShare ? random.integer(p.burstMin, p.burstMax) : 1;
    const mid = Math.exp(truePrice.logPrice);
    const hop =
      Math.max(1, Math.round((mid * 2e-5 * powerOf10(priceGrid.decimals)) / priceGrid.unit)) * priceGrid.unit;
    let price = takerBuys ? this.#ask : this.#bid;
    const prices: number[] = [];
    const sizes: number[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0 && random.uniform() < 0.3) price = Math.max(priceGrid.unit, price + (takerBuys ? hop : -hop));
      prices.push(price);
      sizes.push(this.#size(p.tradeSizeMedian, mid));
    }
    const absent = this.#distortions.length > 0 && this.#isAbsent(at);
    if (!absent) {
      const sent = this.#distortions.length === 0 ? prices : prices.map((one) => this.#distort(one, at));
      out.push({
        kind: 'trades',
        listing: this.index,
        at,
        venueAt: this.#venueTime(at),
        takerBuys,
        prices: sent,
        sizes,
        truePrice: truePrice.price,
      });
    }
    if (p.quoteMode === 'after-trades') this.#quote(at, out);
  }

  /** A size in points: lognormal around a median given in the quote currency, with a Pareto tail. */
  #size(median: number, price: number): number {
    const { sizeGrid } = this.#options;
    const random = this.#random;
    let medians = Math.exp(this.#p.sizeLogSd * random.normal());
    if (random.uniform() < this.#p.heavyTailShare) medians *= random.uniform() ** (-1 / 1.5);
    const size = (median / price) * Math.min(SIZE_CAP, medians);
    return Math.max(sizeGrid.unit, floorTo(sizeGrid, size));
  }

  #distort(points: number, at: number): number {
    if (this.#distortions.length === 0) return points;
    const unit = this.#options.priceGrid.unit;
    let factor = 1;
    let result = points;
    for (const distortion of this.#distortions) {
      factor *= distortion.tickFactor(at);
      const place = distortion.transposedDigit(at);
      if (place > 0) result = transposeDigits(result, place);
    }
    if (factor !== 1) result = Math.round(result * factor);
    return Math.max(unit, Math.round(result / unit) * unit);
  }
}
