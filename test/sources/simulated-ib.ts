import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Marker, MarkerType, RawBar, RawQuote, RawTrade } from '@concord/codec';
import { ib } from '@concord/ingestor-ib';
import { formatFixed, parseFixed, type Kind, type Micros } from '@concord/model';
import { SystemClock, type VenueConfig } from '@concord/runtime';
import type {
  AbstractDataSource,
  DataSourceOptions,
  Listing,
  LiveSubscription,
  SourceEvent,
  StreamStatus,
} from '@concord/sources';
import { silentLogger, until } from '@concord/testkit';
import {
  startVenues,
  type Fault,
  type VenueInstrument,
  type Venues,
  type VenuesOptions,
} from '@concord/venues';
import { MessageProxy, type Harmed } from './message-proxy.ts';

/** Shares that the account sees tick by tick, but for the last: it has two lines here. */
export const SHARES: readonly VenueInstrument[] = [
  { id: 'AAPL.US', symbols: { ib: 'AAPL' }, priceTick: '0.01', sizeStep: '1', startPrice: 190 },
  { id: 'MSFT.US', symbols: { ib: 'MSFT' }, priceTick: '0.01', sizeStep: '1', startPrice: 420 },
  { id: 'IBM.US', symbols: { ib: 'IBM.NYSE' }, priceTick: '0.01', sizeStep: '1', startPrice: 240 },
];

const SPEED = 10;

/** All of its time passes at speed, that of the network as well, since the gateway's limits do. */
class FastClock extends SystemClock {
  constructor() {
    super({ speed: SPEED });
  }

  override monotonicMs(): number {
    return super.monotonicMs() * SPEED;
  }
}

/** A print as gateway and source both know it. */
export type Print = `${string} ${string} ${string}`;

interface TruthLine {
  readonly kind: Kind;
  readonly instrument: string;
  readonly price: string;
  readonly size: string;
  readonly venueAt: Micros;
  readonly sentTo: number;
  readonly sampled?: boolean;
}

export interface SimulatedIbOptions extends Partial<Pick<VenuesOptions, 'rate' | 'unsubscribed' | 'limits'>> {
  readonly kinds?: readonly Kind[];
  readonly options?: VenueConfig['options'];
  /** Symbols that are subscribed to beside the shares, each as an instrument of its own name. */
  readonly symbols?: readonly string[];
  /** Whether messages can be altered on their way. */
  readonly isProxied?: boolean;
}

/** The source of Interactive Brokers on its simulated gateway, over a real socket, with everything it told. */
export class SimulatedIb implements AsyncDisposable {
  readonly clock: SystemClock;
  source: AbstractDataSource;
  readonly events: SourceEvent[] = [];
  readonly #venues: Venues;
  readonly #truth: string;
  readonly #proxy: MessageProxy | undefined;
  readonly #create: (resume?: DataSourceOptions['resume']) => AbstractDataSource;
  readonly #follow: () => void;
  #stop = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    clock: SystemClock,
    venues: Venues,
    truth: string,
    options: SimulatedIbOptions,
    proxy: MessageProxy | undefined,
  ) {
    const { kinds = ['trades', 'quotes', 'bars'], options: own = {}, symbols = [] } = options;
    const { host, port } = proxy ?? addressOf(venues);
    this.#proxy = proxy;
    this.clock = clock;
    this.#venues = venues;
    this.#truth = truth;
    const named = SHARES.map(({ id, symbols: { ib: symbol = '' } }) => ({ instrument: id, symbol }));
    const more = symbols.map((symbol) => ({ instrument: symbol, symbol }));
    const listings = [...named, ...more].map((one): Listing => ({
      ...one,
      source: 'ib',
      market: 'SMART',
      currency: 'USD',
      sizeUnit: 'SHARES',
      partition: 0,
    }));
    this.#create = (resume) =>
      ib.createSource({
        venue: {
          host,
          port,
          kinds: [...kinds],
          quotesEveryChange: false,
          sockets: 1,
          options: { tickByTickLines: 2, ...own },
        },
        listings: new Map(listings.map((listing) => [listing.instrument, listing])),
        clock,
        logger: silentLogger(),
        replica: 'test',
        ...(resume === undefined ? {} : { resume }),
      });
    this.source = this.#create();
    const instruments = listings.map(({ instrument }) => instrument);
    this.#follow = () => {
      void this.source.connect();
      this.#stop = new AbortController();
      this.#reading = this.#read(this.source.subscribeRealtime(instruments, kinds, this.#stop.signal));
    };
    this.#follow();
  }

  static async start(seed: number, options: SimulatedIbOptions = {}): Promise<SimulatedIb> {
    const { rate = 200, unsubscribed, limits } = options;
    const truth = mkdtempSync(join(tmpdir(), 'concord-ib-'));
    const clock = new FastClock();
    const venues = await startVenues({
      clock,
      seed,
      instruments: SHARES,
      venues: ['ib'],
      rate,
      truthFile: join(truth, 'truth.jsonl'),
      ...(unsubscribed === undefined ? {} : { unsubscribed }),
      ...(limits === undefined ? {} : { limits }),
    });
    const { host, port } = addressOf(venues);
    const proxy = options.isProxied === true ? await MessageProxy.listen(host, port) : undefined;
    return new SimulatedIb(clock, venues, truth, options, proxy);
  }

  /** Has the gateway's next message of those that `isTarget` takes altered on its way; gives whether it was. */
  harmNext(
    isTarget: (fields: readonly string[]) => boolean,
    harm: (message: Buffer) => Harmed,
  ): () => boolean {
    const proxy = this.#proxy;
    if (proxy === undefined) throw new Error('the source is connected without a proxy');
    proxy.harmNext(isTarget, harm);
    return () => proxy.isDone;
  }

  async #read(subscription: LiveSubscription): Promise<void> {
    for await (const batch of subscription) this.events.push(...batch);
  }

  /** A second source on the same gateway, not connected yet. */
  another(): AbstractDataSource {
    return this.#create();
  }

  /** Another replica takes over after `stop`: it knows when each instrument's last print was told. */
  goOn(lastOf: (instrument: string) => Micros | undefined): void {
    this.source = this.#create(({ listing: { instrument } }) => {
      const lastEventTime = lastOf(instrument);
      return lastEventTime === undefined ? undefined : { lastId: null, lastEventTime, openHoles: [] };
    });
    this.#follow();
  }

  inject(fault: Omit<Fault, 'venue'>): void {
    this.#venues.inject({ ...fault, venue: 'ib' });
  }

  stats(): NonNullable<ReturnType<Venues['stats']>['venues'][string]> {
    const stats = this.#venues.stats().venues['ib'];
    if (stats === undefined) throw new Error('the gateway was not started');
    return stats;
  }

  markers<T extends MarkerType>(type: T): Extract<Marker, { type: T }>[] {
    return this.events.flatMap((event) =>
      event.type === 'marker' && event.marker.type === type
        ? [event.marker as Extract<Marker, { type: T }>]
        : [],
    );
  }

  /** States of the connection in the order in which they changed. */
  states(): string[] {
    const all = this.markers('session').map(({ state }) => state);
    return all.filter((state, index) => state !== all[index - 1]);
  }

  trades(instrument: string): RawTrade[] {
    return this.events.flatMap((event) =>
      event.type === 'records' ? event.trades.filter((one) => one.instrument === instrument) : [],
    );
  }

  quotes(instrument: string): RawQuote[] {
    return this.events.flatMap((event) =>
      event.type === 'records' ? event.quotes.filter((one) => one.instrument === instrument) : [],
    );
  }

  bars(instrument: string): RawBar[] {
    return this.events.flatMap((event) =>
      event.type === 'records' ? event.bars.filter((one) => one.instrument === instrument) : [],
    );
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const told = (): string =>
      JSON.stringify({ status: this.source.status().message, states: this.states(), stats: this.stats() });
    await until(what, holds, { told });
  }

  /** What is known of one stream. */
  stream(kind: Kind, instrument: string): StreamStatus['state'] {
    const found = this.source
      .status()
      .streams.find(
        ({ state: { stream } }) => stream.kind === kind && stream.listing.instrument === instrument,
      );
    if (found === undefined) throw new Error(`no stream of ${kind} of ${instrument}`);
    return found.state;
  }

  /** Waits until each stream has brought so much more than now; bars, one more. */
  async flowing(more = 3, kinds: readonly Kind[] = ['trades', 'quotes', 'bars']): Promise<void> {
    const wanted = SHARES.flatMap(({ id }) =>
      kinds.map((kind) => ({ id, kind, count: this.#count(kind, id) + (kind === 'bars' ? 1 : more) })),
    );
    await this.until('every stream brings more', () =>
      wanted.every(({ id, kind, count }) => this.#count(kind, id) >= count),
    );
  }

  #count(kind: Kind, instrument: string): number {
    return this[kind](instrument).length;
  }

  /** Waits until so much of the clock's time has passed. */
  async elapsed(ms: number): Promise<void> {
    const until = this.clock.nowMs() + ms;
    await this.until(`${ms} ms`, () => this.clock.nowMs() >= until);
  }

  /** Waits until every gap has met its repair. */
  async repaired(count: number): Promise<void> {
    await this.until(`${count} repairs`, () => this.markers('repair').length >= count);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  /**
   * What the gateway's market traded and what was told of it, from the first told print to the last, as sorted lists: equal where nothing was lost and
   * nothing doubled. Call it after `stop`, and `close` before it.
   */
  compare(instrument: string): { readonly sent: Print[]; readonly told: Print[] } {
    const trades = this.trades(instrument);
    const times = trades.map(({ eventTime }) => eventTime ?? 0);
    // At the ends a second may be told in part.
    const [first, last] = [Math.min(...times) + 1_000_000, Math.max(...times) - 1_000_000];
    const within = (at: Micros): boolean => at >= first && at <= last;
    const told = trades
      .filter(({ eventTime }) => within(eventTime ?? 0))
      .map(({ eventTime, price, size }): Print => `${eventTime} ${formatFixed(price)} ${formatFixed(size)}`);
    const sent = this.#truthLines()
      .filter((line) => line.kind === 'trades' && line.instrument === instrument && line.sampled !== true)
      .map((line): [Micros, Print] => {
        const second = Math.floor(line.venueAt / 1_000_000) * 1_000_000;
        return [second, `${second} ${plain(line.price)} ${plain(line.size)}`];
      })
      .filter(([second]) => within(second))
      .map(([, print]) => print);
    return { sent: sent.sort(), told: told.sort() };
  }

  #truthLines(): TruthLine[] {
    return readFileSync(join(this.#truth, 'truth.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TruthLine);
  }

  /** Ends source and gateway; the truth file is whole then. */
  async close(): Promise<void> {
    await this.stop();
    await this.source.disconnect();
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.#venues[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    rmSync(this.#truth, { recursive: true, force: true });
  }
}

function addressOf(venues: Venues): { readonly host: string; readonly port: number } {
  const { host, port } = venues.addresses['ib'] ?? {};
  if (host === undefined || port === undefined) throw new Error('the gateway was not started');
  return { host, port };
}

function plain(text: string): string {
  const value = parseFixed(text);
  if (value === undefined) throw new RangeError(`"${text}" is no decimal`);
  return formatFixed(value);
}
