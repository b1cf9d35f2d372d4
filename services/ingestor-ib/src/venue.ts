import {
  StreamingDataSource,
  type DataSourceOptions,
  type ServedStreams,
  type SourceSurroundings,
  type VenueModule,
} from '@concord/sources';
import { ClientIds } from './client-ids.ts';
import { ibOptions, type IbOptions } from './config.ts';
import { gateways, type Endpoint, type OpenGateway } from './gateway.ts';
import { HistoryConnection } from './history-connection.ts';
import { IbHistory } from './history.ts';
import { Pacing } from './pacing.ts';
import { TwsSubscription } from './subscription.ts';

export const SOURCE = 'ib';

/** IB Gateway with a live account, on this machine. */
export const ENDPOINT: Endpoint = { host: '127.0.0.1', port: 4001 };

/** Records read and not yet taken before the connection is paused. */
const QUEUE_RECORDS_MAX = 20_000;
/** Client ids of live connections; those of history follow: TWS takes 32 clients. */
const LIVE_CLIENT_IDS = 16;
const HISTORY_CLIENT_IDS = 16;

export interface IbSourceOptions extends DataSourceOptions {
  /** Replaced in tests. */
  readonly openGateway?: OpenGateway;
  readonly queueRecordsMax?: number;
}

/** Interactive Brokers through TWS or IB Gateway. */
export class IBDataSource extends StreamingDataSource<TwsSubscription> {
  protected override readonly history: IbHistory;
  readonly #own: IbOptions;
  readonly #endpoint: Endpoint;
  readonly #openGateway: OpenGateway;
  readonly #pacing: Pacing;
  readonly #liveClientIds: ClientIds;
  readonly #historyClientIds: ClientIds;
  readonly #queueRecordsMax: number;

  constructor(options: IbSourceOptions) {
    super(SOURCE, options);
    const { venue, clock, replica } = options;
    this.#own = ibOptions(venue);
    this.#endpoint = { host: venue.host ?? ENDPOINT.host, port: venue.port ?? ENDPOINT.port };
    this.#openGateway = options.openGateway ?? gateways(clock);
    this.#pacing = new Pacing(this.machineClock);
    this.#liveClientIds = new ClientIds(this.#own.clientId, LIVE_CLIENT_IDS);
    this.#historyClientIds = new ClientIds(this.#own.clientId + LIVE_CLIENT_IDS, HISTORY_CLIENT_IDS);
    this.#queueRecordsMax = options.queueRecordsMax ?? QUEUE_RECORDS_MAX;
    this.history = new IbHistory({
      clock,
      replica,
      regularHoursOnly: this.#own.regularHoursOnly,
      open: () => this.#historyConnection(),
    });
  }

  protected override subscription(
    around: SourceSurroundings,
    signals: readonly AbortSignal[],
  ): TwsSubscription {
    return new TwsSubscription(
      {
        ...around,
        source: SOURCE,
        endpoint: this.#endpoint,
        options: this.#own,
        history: this.history,
        clientIds: this.#liveClientIds,
        pacing: this.#pacing,
        openGateway: this.#openGateway,
        queueRecordsMax: this.#queueRecordsMax,
      },
      signals,
    );
  }

  /** Nothing can be asked for by its number: this venue gives none. */
  override refetch(): void {}

  protected override served(): readonly ServedStreams[] {
    return Array.from(this.subscriptions, ({ session, table }) => ({
      leader: session,
      sessions: session === undefined ? [] : [session],
      table,
    }));
  }

  #historyConnection(): HistoryConnection {
    return new HistoryConnection({
      endpoint: this.#endpoint,
      clientIds: this.#historyClientIds,
      machineClock: this.machineClock,
      pacing: this.#pacing,
      openGateway: this.#openGateway,
    });
  }
}

export const ib: VenueModule = {
  source: SOURCE,
  // Prints have no ids.
  servesAlone: true,
  createSource: (options) => new IBDataSource(options),
};
