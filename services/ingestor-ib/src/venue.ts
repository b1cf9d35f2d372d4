import {
  AbstractDataSource,
  NO_COUNTERS,
  NotConnected,
  NotOffered,
  type DataSourceOptions,
  type HistoricalPage,
  type Listing,
  type LiveSubscription,
  type SourceStatus,
  type VenueModule,
} from '@concord/sources';
import type { Interval, Kind, Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import { ibOptions, type IbOptions } from './config.ts';
import { gateways, type Endpoint, type OpenGateway } from './gateway.ts';
import { HistoryConnection } from './history-connection.ts';
import { IbHistory } from './history.ts';
import { Pacing } from './pacing.ts';
import { PrintMemory } from './prints.ts';
import type { SessionOutcome } from './session.ts';
import { TwsSubscription } from './subscription.ts';

export const SOURCE = 'ib';

/** IB Gateway with a live account, on this machine. */
export const ENDPOINT: Endpoint = { host: '127.0.0.1', port: 4001 };

/** Records read and not yet taken before the connection is paused. */
const QUEUE_RECORDS_MAX = 20_000;
/** Client ids of live connections; those of history follow. */
const LIVE_CLIENT_IDS = 16;

export interface IbSourceOptions extends DataSourceOptions {
  /** Replaced in tests. */
  readonly openGateway?: OpenGateway;
  readonly queueRecordsMax?: number;
}

/** Interactive Brokers through TWS or IB Gateway. */
export class IBDataSource extends AbstractDataSource {
  readonly #options: IbSourceOptions;
  readonly #own: IbOptions;
  readonly #endpoint: Endpoint;
  readonly #machineClock: Clock;
  readonly #openGateway: OpenGateway;
  readonly #pacing: Pacing;
  readonly #history: IbHistory;
  /** By instrument, of those whose prints are followed. */
  readonly #memories = new Map<string, PrintMemory>();
  readonly #subscriptions = new Set<TwsSubscription>();
  #open: AbortController | undefined;
  #reconnects = 0;
  #message: string | null = null;

  constructor(options: IbSourceOptions) {
    super(SOURCE);
    const { venue, clock, machineClock = clock, replica } = options;
    this.#options = options;
    this.#own = ibOptions(venue);
    this.#endpoint = { host: venue.host ?? ENDPOINT.host, port: venue.port ?? ENDPOINT.port };
    this.#machineClock = machineClock;
    this.#openGateway = options.openGateway ?? gateways(clock);
    this.#pacing = new Pacing(machineClock);
    this.#history = new IbHistory({
      clock,
      replica,
      regularHoursOnly: this.#own.regularHoursOnly,
      open: () => this.#historyConnection(),
      memoryOf: (instrument) => this.#memories.get(instrument),
    });
  }

  /** Opens no connection yet: each subscription, and each request for history, has its own. */
  override async connect(): Promise<void> {
    this.#open ??= new AbortController();
  }

  override async disconnect(): Promise<void> {
    this.#open?.abort();
    this.#open = undefined;
    await Promise.all(Array.from(this.#subscriptions, ({ ended }) => ended));
  }

  override getHistoricalData(
    instrument: string,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal?: AbortSignal,
  ): AsyncIterable<HistoricalPage> {
    if ((dataType === 'bars') !== (interval !== null)) {
      throw new NotOffered('bars are asked for with an interval, other data without one');
    }
    return this.#history.pages(this.#listing(instrument), dataType, interval, from, to, signal);
  }

  override subscribeRealtime(
    instruments: readonly string[],
    dataTypes: readonly Kind[],
    signal?: AbortSignal,
  ): LiveSubscription {
    if (this.#open === undefined) throw new NotConnected(this.source);
    const { clock, logger, replica, counters = NO_COUNTERS, queueRecordsMax } = this.#options;
    const subscription = new TwsSubscription(
      {
        source: SOURCE,
        kinds: dataTypes,
        endpoint: this.#endpoint,
        options: this.#own,
        history: this.#history,
        pacing: this.#pacing,
        openGateway: this.#openGateway,
        clock,
        machineClock: this.#machineClock,
        logger,
        replica,
        counters,
        queueRecordsMax: queueRecordsMax ?? QUEUE_RECORDS_MAX,
        listingOf: (instrument) => this.#listing(instrument),
        memoryOf: (instrument) => this.#memoryOf(instrument),
        resume: (stream) => this.#options.resume?.(stream),
        forget: (instrument) => void this.#memories.delete(instrument),
        validate: (record) => this.validateData(record),
        lost: (outcome) => this.#lost(outcome),
      },
      signal === undefined ? [this.#open.signal] : [this.#open.signal, signal],
    );
    this.#subscriptions.add(subscription);
    void subscription.ended.finally(() => this.#subscriptions.delete(subscription));
    subscription.add(instruments);
    return subscription;
  }

  /** Nothing can be asked for by its number: this venue gives none. */
  override refetch(): void {}

  override status(): SourceStatus {
    const subscriptions = [...this.#subscriptions];
    const states = subscriptions.map(({ session }) => session?.state ?? 'connecting');
    const live = states.filter((state) => state === 'live').length;
    return {
      state: states.every((state) => state === 'down')
        ? 'DOWN'
        : live === states.length
          ? 'LIVE'
          : 'CONNECTING',
      sessions: subscriptions.flatMap(({ session }) => (session === undefined ? [] : [session.id])),
      reconnects: this.#reconnects,
      message: live === states.length ? null : this.#message,
      streams: subscriptions.flatMap(({ session, table }) =>
        Array.from(table, (state) => ({
          state,
          session: session?.id ?? null,
          connection: session?.state ?? 'connecting',
        })),
      ),
    };
  }

  #historyConnection(): HistoryConnection {
    return new HistoryConnection({
      endpoint: this.#endpoint,
      clientId: this.#own.clientId + LIVE_CLIENT_IDS,
      machineClock: this.#machineClock,
      pacing: this.#pacing,
      openGateway: this.#openGateway,
    });
  }

  #memoryOf(instrument: string): PrintMemory {
    let memory = this.#memories.get(instrument);
    if (memory === undefined) this.#memories.set(instrument, (memory = new PrintMemory()));
    return memory;
  }

  #lost({ end, message }: SessionOutcome): void {
    this.#reconnects++;
    this.#message = `${end}: ${message}`;
    this.#options.counters?.reconnect(end);
  }

  #listing(instrument: string): Listing {
    const listing = this.#options.listings.get(instrument);
    if (listing === undefined) throw new NotOffered(`${SOURCE} does not list ${instrument}`);
    return listing;
  }
}

export const ib: VenueModule = {
  source: SOURCE,
  createSource: (options) => new IBDataSource(options),
};
