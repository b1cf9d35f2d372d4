import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Marker, MarkerType, RawTrade } from '@concord/codec';
import type { Kind } from '@concord/model';
import { SystemClock, type VenueConfig } from '@concord/runtime';
import type { AbstractDataSource, Listing, SourceEvent, VenueModule } from '@concord/sources';
import { silentLogger, until } from '@concord/testkit';
import {
  startVenues,
  type Fault,
  type VenueInstrument,
  type VenueName,
  type Venues,
  type VenueStats,
} from '@concord/venues';

export const INSTRUMENTS: readonly VenueInstrument[] = [
  {
    id: 'BTC-USDT',
    symbols: {
      binance: 'BTCUSDT',
      coinbase: 'BTC-USDT',
      kraken: 'BTC/USDT',
      bybit: 'BTCUSDT',
      okx: 'BTC-USDT',
    },
    priceTick: '0.01',
    sizeStep: '0.00001',
    startPrice: 65_000,
  },
  {
    id: 'ETH-USDT',
    symbols: {
      binance: 'ETHUSDT',
      coinbase: 'ETH-USDT',
      kraken: 'ETH/USDT',
      bybit: 'ETHUSDT',
      okx: 'ETH-USDT',
    },
    priceTick: '0.01',
    sizeStep: '0.0001',
    startPrice: 1_900,
  },
];

/** A trade as the venue's truth file has it; numbers are exact texts. */
export interface TradeMade {
  readonly instrument: string;
  readonly id: string;
  readonly price: string;
  readonly size: string;
  /** How many connections got it. */
  readonly sentTo: number;
}

export interface SimulatedOptions {
  /** Default: two that every venue lists. */
  readonly instruments?: readonly VenueInstrument[];
  readonly rate?: number;
  /** The venue's own options. */
  readonly options?: VenueConfig['options'];
}

/** One source on its simulated venue, over real sockets, with everything it told. */
export class SimulatedSource implements AsyncDisposable {
  readonly clock = new SystemClock();
  readonly source: AbstractDataSource;
  readonly events: SourceEvent[] = [];
  readonly #venues: Venues;
  readonly #name: VenueName;
  readonly #instruments: readonly VenueInstrument[];
  readonly #dir: string;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;

  private constructor(
    module: VenueModule,
    venues: Venues,
    dir: string,
    kinds: readonly Kind[],
    { instruments = INSTRUMENTS, options = {} }: SimulatedOptions,
  ) {
    const address = venues.addresses[module.source];
    if (address?.wsUrl === undefined) throw new Error(`no simulated venue ${module.source} with a WebSocket`);
    this.#venues = venues;
    this.#dir = dir;
    this.#name = module.source as VenueName;
    this.#instruments = instruments;
    const listings = instruments.map(({ id, symbols }, partition): Listing => ({
      source: module.source,
      instrument: id,
      symbol: symbols[this.#name] ?? '',
      market: null,
      currency: 'USDT',
      sizeUnit: id.slice(0, 3),
      partition,
    }));
    this.source = module.createSource({
      venue: {
        wsUrl: [address.wsUrl],
        restUrl: [address.restUrl],
        kinds: [...kinds],
        quotesEveryChange: true,
        sockets: 1,
        options,
      },
      listings: new Map(listings.map((listing) => [listing.instrument, listing])),
      clock: this.clock,
      logger: silentLogger(),
      replica: 'test',
    });
    this.#reading = this.#read(kinds);
  }

  static async start(
    module: VenueModule,
    seed: number,
    kinds: readonly Kind[],
    options: SimulatedOptions = {},
  ): Promise<SimulatedSource> {
    const dir = mkdtempSync(join(tmpdir(), 'concord-venues-'));
    const venues = await startVenues({
      clock: new SystemClock(),
      seed,
      instruments: options.instruments ?? INSTRUMENTS,
      venues: [module.source as VenueName],
      rate: options.rate ?? 12,
      truthFile: join(dir, 'truth.jsonl'),
    });
    return new SimulatedSource(module, venues, dir, kinds, options);
  }

  async #read(kinds: readonly Kind[]): Promise<void> {
    await this.source.connect();
    const instruments = this.#instruments.map(({ id }) => id);
    for await (const batch of this.source.subscribeRealtime(instruments, kinds, this.#stop.signal)) {
      this.events.push(...batch);
    }
  }

  inject(fault: Fault): void {
    this.#venues.inject(fault);
  }

  /** What the venue says of its clients. */
  get stats(): VenueStats {
    const stats = this.#venues.stats().venues[this.#name];
    if (stats === undefined) throw new Error(`no statistics of ${this.#name}`);
    return stats;
  }

  markers<T extends MarkerType>(type: T): Extract<Marker, { type: T }>[] {
    return this.events.flatMap((event) =>
      event.type === 'marker' && event.marker.type === type
        ? [event.marker as Extract<Marker, { type: T }>]
        : [],
    );
  }

  /** Ids that one instrument's trades cover, in the order in which they came, repetitions included. */
  tradeIds(instrument: string): number[] {
    return this.events.flatMap((event) =>
      event.type !== 'records'
        ? []
        : event.trades.flatMap((trade) => (trade.instrument === instrument ? idsOf(trade) : [])),
    );
  }

  quotes(): number {
    return this.events.reduce((sum, event) => sum + (event.type === 'records' ? event.quotes.length : 0), 0);
  }

  trades(): number {
    return this.events.reduce((sum, event) => sum + (event.type === 'records' ? event.trades.length : 0), 0);
  }

  /** Ids that gap markers name and no repair took back. */
  missing(instrument: string): Set<number> {
    const missing = new Set<number>();
    for (const marker of [...this.markers('gap'), ...this.markers('repair')]) {
      if (marker.instrument !== instrument || marker.kind !== 'trades') continue;
      for (let id = Number(marker.firstId); id <= Number(marker.lastId); id++) {
        if (marker.type === 'gap') missing.add(id);
        else missing.delete(id);
      }
    }
    return missing;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await until(what, holds);
  }

  /** Waits until trades of every instrument have come since now. */
  async moreTrades(): Promise<void> {
    const before = this.#instruments.map(({ id }) => this.tradeIds(id).length);
    await this.until('trades of every instrument', () =>
      this.#instruments.every(({ id }, index) => this.tradeIds(id).length > (before[index] ?? 0) + 2),
    );
  }

  /** Stops reading, then the venue, and gives the ids of the trades that the venue made, by instrument. */
  async finish(): Promise<Map<string, number[]>> {
    const made = new Map<string, number[]>(this.#instruments.map(({ id }) => [id, []]));
    for (const { instrument, id } of await this.finishTrades()) made.get(instrument)?.push(Number(id));
    return made;
  }

  /** Stops reading, then the venue, and gives the trades that the venue made. */
  async finishTrades(): Promise<TradeMade[]> {
    this.#stop.abort();
    await this.#reading;
    await this.#venues[Symbol.asyncDispose]();
    const lines = readFileSync(join(this.#dir, 'truth.jsonl'), 'utf8').split('\n');
    return lines
      .filter((line) => line.startsWith('{"kind":"trades"'))
      .map((line) => JSON.parse(line) as TradeMade);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    await this.#venues[Symbol.asyncDispose]();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function idsOf({ firstId, lastId }: RawTrade): number[] {
  const [first, last] = [Number(firstId), Number(lastId)];
  return first === last ? [first] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
