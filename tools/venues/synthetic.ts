import type { Clock } from '@concord/runtime';
import { parseGrid, roundTo } from './grid.ts';
import type { Attack } from './market/attacks.ts';
import type { MarketEvent } from './market/events.ts';
import { Market, type MarketInstrument } from './market/market.ts';
import { STEP_MICROS } from './market/true-price.ts';
import { venueParameters } from './market/parameters.ts';
import type { MarketFeed, SimulatedVenue } from './server/simulated-venue.ts';
import { stepsOf, VENUE_NAMES, type VenueName, type VenuesOptions } from './options.ts';
import type { Source } from './source.ts';
import { IDS_PER_SECOND, Listing } from './tape/listing.ts';
import { pastBars } from './tape/past.ts';

/** The market runs this long before anyone can connect, so that there are trades to show in snapshots; shorter where they come faster. */
const WARM_UP_MICROS = 120_000_000;
const WARM_UP_MIN_MICROS = 10_000_000;
const PAST_MINUTES = 1_440;
const PUMP_MS = 10;
/** After a stall the missed time is made up in pieces of this many steps of 10 ms, so that requests are answered in between. */
const STEPS_AT_ONCE = 100;

/** The seeded market, driven by the clock and handed to the venues' feeds. */
export class SyntheticSource implements Source {
  readonly isLive = true;
  readonly venues: readonly VenueName[];
  readonly finished = new Promise<void>(() => undefined);
  readonly listings: readonly Listing[];
  readonly #market: Market;
  readonly #clock: Clock;
  readonly #servers: (SimulatedVenue | undefined)[] = [];
  readonly #options: VenuesOptions;
  readonly #feeds = new Set<MarketFeed>();
  readonly #offsets = new Map<string, number>();
  readonly #startMicros: number;

  constructor(options: VenuesOptions) {
    const venues = (options.venues ?? VENUE_NAMES).filter((name) => VENUE_NAMES.includes(name));
    this.venues = venues;
    this.#options = options;
    this.#clock = options.clock;
    const start = options.clock.nowMicros();
    this.#startMicros = start;
    const instruments = options.instruments.map((one) => marketInstrument(one, venues));
    this.#market = new Market({
      seed: options.seed,
      startMicros: start - Math.max(WARM_UP_MIN_MICROS, WARM_UP_MICROS / Math.max(1, options.rate ?? 1)),
      originMicros: start,
      instruments,
      venues: venues.map((venue) => venueParameters(venue)),
      rate: options.rate ?? 1,
      attacks: options.attacks ?? [],
    });
    const firstId = Math.floor(start / 1_000_000) * IDS_PER_SECOND;
    this.listings = this.#market.listings.map((one) => {
      const given = options.instruments.find((instrument) => instrument.id === one.instrument);
      if (given === undefined)
        throw new Error(`the market has a listing of ${one.instrument}, which was not asked for`);
      return new Listing({
        ...one,
        symbol: given.symbols[one.venue as VenueName] ?? one.instrument,
        ...stepsOf(given, one.venue as VenueName),
        startPrice: roundTo(one.priceGrid, Number(given.startPrice)),
        firstId,
        keptTrades: tradesToKeep(one.venue, (options.rate ?? 1) * (given.activity ?? 1)),
      });
    });
  }

  /** True time up to which the events are complete. */
  now(): number {
    return this.#market.nowMicros;
  }

  /** The venue's clock minus the true time, as of its last event. */
  clockOffset(venue: string): number {
    return this.#offsets.get(venue) ?? 0;
  }

  connect(venue: VenueName, server: SimulatedVenue): void {
    this.listings.forEach((listing, index) => {
      if (listing.venue === venue) this.#servers[index] = server;
    });
    this.#feeds.add(server.feed);
  }

  subscribed(): void {
    // A live market runs whether or not anyone listens.
  }

  /** Runs the market up to now, before anyone listens, and puts a made-up day in front of the candles. */
  warmUp(): void {
    const options = this.#options;
    const end = Math.floor(this.#startMicros / STEP_MICROS) * STEP_MICROS;
    while (this.#market.nowMicros < end) this.#take(this.#market.advanceTo(end, STEPS_AT_ONCE));
    for (const listing of this.listings) {
      const p = venueParameters(listing.venue);
      const first = listing.bars.firstMinute;
      const given = options.instruments.find((one) => one.id === listing.instrument);
      const bars = pastBars({
        seed: options.seed,
        name: `${listing.instrument}/${listing.venue}`,
        instrument: listing.instrument,
        beforeMicros: first?.start ?? Math.floor(this.#startMicros / 60_000_000) * 60_000_000,
        price: first?.open ?? listing.lastPrice,
        firstId: listing.trades.oldestId,
        minutes: PAST_MINUTES,
        annualVolatility: given?.annualVolatility ?? 0.8,
        tradesPerMinute: p.tradesPerSecond * 60 * (options.rate ?? 1) * (given?.activity ?? 1),
        tradeSizeMedian: p.tradeSizeMedian,
        priceGrid: listing.priceGrid,
        sizeGrid: listing.sizeGrid,
      });
      listing.bars.prepend(bars);
    }
  }

  /** Follows the clock until disposed. */
  run(): Disposable {
    const timer = this.#clock.setRepeating(() => this.pump(), PUMP_MS);
    return { [Symbol.dispose]: () => timer.cancel() };
  }

  pump(): void {
    this.#take(this.#market.advanceTo(this.#clock.nowMicros(), STEPS_AT_ONCE));
    for (const feed of this.#feeds) feed.tick(this.#market.nowMicros);
  }

  attack(attack: Attack): void {
    const fromMicros = this.#market.nowMicros - this.#startMicros + (attack.fromMicros ?? 0);
    this.#market.attack({ ...attack, fromMicros });
  }

  #take(events: readonly MarketEvent[]): void {
    for (const event of events) {
      const listing = this.listings[event.listing];
      const server = this.#servers[event.listing];
      if (listing === undefined || server === undefined) continue;
      const skew = server.faults.skewMicros();
      const moved = skew === 0 ? event : { ...event, venueAt: event.venueAt + skew };
      this.#offsets.set(listing.venue, moved.venueAt - moved.at);
      if (moved.kind === 'quote') {
        listing.takeQuote(moved);
        server.feed.quote(listing, moved);
      } else {
        server.feed.trades(listing, moved, listing.takeTrades(moved));
      }
    }
  }
}

function marketInstrument(
  given: VenuesOptions['instruments'][number],
  venues: readonly VenueName[],
): MarketInstrument {
  const startPrice = Number(given.startPrice);
  if (!(startPrice > 0))
    throw new RangeError(`startPrice of ${given.id} must be above 0, got ${given.startPrice}`);
  return {
    id: given.id,
    venues: Object.fromEntries(
      venues
        .filter((venue) => given.symbols[venue] !== undefined)
        .map((venue) => {
          const { priceTick, sizeStep } = stepsOf(given, venue);
          return [venue, { priceTick, sizeStep: playedSizeStep(sizeStep, startPrice) }];
        }),
    ),
    startPrice,
    activity: given.activity ?? 1,
    ...(given.annualVolatility === undefined ? {} : { price: { annualVolatility: given.annualVolatility } }),
  };
}

/** REST reaches back this far at the market's usual pace, in fifteen minutes for repairs of ten, as far as memory allows. */
const KEPT_SECONDS = 900;
const KEPT_TRADES_MIN = 20_000;
const KEPT_TRADES_MAX = 200_000;

function tradesToKeep(venue: string, rate: number): number {
  const wanted = Math.ceil(venueParameters(venue).tradesPerSecond * rate * KEPT_SECONDS);
  return Math.min(Math.max(wanted, KEPT_TRADES_MIN), KEPT_TRADES_MAX);
}

/** A trade's usual size has about this many steps. */
const STEPS_IN_A_TRADE = 1_000;
const USUAL_TRADE = 300;

/**
 * Sizes are played on a coarser step than the venue allows where that is much finer than a usual trade: then a day's volume of a
 * cheap asset, counted in steps, still is a safe integer. Every coarser power of ten lies on the finer grid.
 */
export function playedSizeStep(sizeStep: string, price: number): string {
  const { decimals, unit } = parseGrid(sizeStep);
  const useful = Math.max(0, Math.ceil(Math.log10((price * STEPS_IN_A_TRADE) / USUAL_TRADE)));
  if (unit !== 1 || useful >= decimals) return sizeStep;
  return useful === 0 ? '1' : `0.${'0'.repeat(useful - 1)}1`;
}
