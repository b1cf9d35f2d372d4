import { parseGrid, type Grid } from '../grid.ts';
import { Distortion, type Attack } from './attacks.ts';
import type { MarketEvent } from './events.ts';
import { ListingModel } from './listing-model.ts';
import {
  MAJOR_VOLATILITY,
  MAJORS,
  PRICE_DEFAULTS,
  type PriceParameters,
  type VenueParameters,
} from './parameters.ts';
import { SLOW_STEPS, STEP_MICROS, TruePrice } from './true-price.ts';
import { VenueClock } from './venue-clock.ts';

export interface MarketInstrument {
  readonly id: string;
  /** The venues that list it, each with its steps of price and size. */
  readonly venues: Readonly<Record<string, { readonly priceTick: string; readonly sizeStep: string }>>;
  readonly startPrice: number;
  readonly activity?: number;
  readonly price?: Partial<PriceParameters>;
}

export interface MarketOptions {
  readonly seed: number;
  /** Microseconds, UTC; rounded down to a step of 10 ms. */
  readonly startMicros: number;
  /** Instant from which attacks count their times; default the start. */
  readonly originMicros?: number;
  readonly instruments: readonly MarketInstrument[];
  readonly venues: readonly VenueParameters[];
  readonly rate?: number;
  readonly attacks?: readonly Attack[];
}

/** One instrument at one venue. */
export interface MarketListing {
  readonly instrument: string;
  readonly venue: string;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
}

/**
 * The whole synthetic market as a pure function of its options: `advanceTo` gives the events up to an instant, and however the
 * instants are chosen, the events are the same. It reads no clock and holds no more than 41 s of true prices.
 */
export class Market {
  readonly listings: readonly MarketListing[];
  readonly startMicros: number;
  readonly #originMicros: number;
  readonly #prices = new Map<string, TruePrice>();
  readonly #clocks: VenueClock[] = [];
  readonly #models: ListingModel[] = [];
  #step = 0;

  constructor(options: MarketOptions) {
    const { seed } = options;
    this.startMicros = Math.floor(options.startMicros / STEP_MICROS) * STEP_MICROS;
    this.#originMicros = options.originMicros ?? this.startMicros;
    const clocks = new Map(options.venues.map((venue) => [venue.venue, new VenueClock(seed, venue)]));
    this.#clocks.push(...clocks.values());
    const listings: MarketListing[] = [];
    for (const instrument of options.instruments) {
      const truePrice = new TruePrice(
        seed,
        instrument.id,
        instrument.startPrice,
        priceParameters(instrument),
      );
      this.#prices.set(instrument.id, truePrice);
      for (const parameters of options.venues) {
        const clock = clocks.get(parameters.venue);
        const steps = instrument.venues[parameters.venue];
        if (clock === undefined || steps === undefined) continue;
        const priceGrid = parseGrid(steps.priceTick);
        const sizeGrid = parseGrid(steps.sizeStep);
        const rate = (options.rate ?? 1) * (instrument.activity ?? 1);
        const name = `${instrument.id}/${parameters.venue}`;
        const index = listings.length;
        this.#models.push(
          new ListingModel({ index, name, seed, parameters, truePrice, clock, priceGrid, sizeGrid, rate }),
        );
        listings.push({ instrument: instrument.id, venue: parameters.venue, priceGrid, sizeGrid });
      }
    }
    this.listings = listings;
    for (const attack of options.attacks ?? []) this.attack(attack);
  }

  /** End of the last step made. */
  get nowMicros(): number {
    return this.startMicros + this.#step * STEP_MICROS;
  }

  truePrice(instrument: string): number {
    return this.#prices.get(instrument)?.price ?? Number.NaN;
  }

  /** Starts an attack; `fromMicros` counts from the origin. */
  attack(attack: Attack): void {
    this.listings.forEach((listing, index) => {
      if (attack.venues !== undefined && !attack.venues.includes(listing.venue)) return;
      if (attack.instruments !== undefined && !attack.instruments.includes(listing.instrument)) return;
      const model = this.#models[index];
      model?.addDistortion(new Distortion(attack, this.#originMicros, model.name));
    });
  }

  /**
   * Events of all whole steps up to `micros`, at most `maxSteps` of them: within a step by listing, within a listing by time.
   * Call again until `nowMicros` has caught up.
   */
  advanceTo(micros: number, maxSteps = Number.POSITIVE_INFINITY): MarketEvent[] {
    const events: MarketEvent[] = [];
    const end = Math.min(Math.floor((micros - this.startMicros) / STEP_MICROS), this.#step + maxSteps);
    while (this.#step < end) {
      const from = this.startMicros + this.#step * STEP_MICROS;
      const slow = this.#step % SLOW_STEPS === 0;
      for (const price of this.#prices.values()) price.advance();
      if (slow) for (const clock of this.#clocks) clock.move();
      for (const model of this.#models) model.step(from, slow, events);
      this.#step++;
    }
    return events;
  }
}

function priceParameters(instrument: MarketInstrument): PriceParameters {
  const base = instrument.id.split('-')[0] ?? '';
  const annualVolatility = MAJORS.includes(base) ? MAJOR_VOLATILITY : PRICE_DEFAULTS.annualVolatility;
  return { ...PRICE_DEFAULTS, annualVolatility, ...instrument.price };
}
