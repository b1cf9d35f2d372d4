import type { Marker, MarkerType } from '@concord/codec';
import type { Kind } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import type { DataSourceOptions, LiveSubscription, SourceEvent } from '@concord/sources';
import { ManualClock, settle, silentLogger } from '@concord/testkit';
import { IBDataSource } from '../venue.ts';
import { FakeGateways, type FakeGateway } from './fake-gateway.ts';
import { AAPL, AT } from './tws.ts';

const IBM = { ...AAPL, instrument: 'IBM.US', symbol: 'IBM.NYSE' };

/** A source on gateways that the test speaks for, on a clock that it moves. */
export class Bench implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly gateways: FakeGateways;
  readonly events: SourceEvent[] = [];
  readonly source: IBDataSource;
  readonly subscription: LiveSubscription;
  readonly #reading: Promise<void>;

  constructor(
    kinds: readonly Kind[],
    options: VenueConfig['options'] = {},
    queueRecordsMax?: number,
    resume?: DataSourceOptions['resume'],
    startAtMs = AT / 1_000,
  ) {
    this.clock = new ManualClock({ startAtMs });
    this.gateways = new FakeGateways(this.clock);
    this.source = new IBDataSource({
      venue: { host: 'tws', port: 4001, kinds: [...kinds], quotesEveryChange: false, sockets: 1, options },
      listings: new Map([AAPL, IBM].map((listing) => [listing.instrument, listing])),
      clock: this.clock,
      logger: silentLogger(this.clock),
      replica: 'r',
      openGateway: this.gateways.open,
      ...(queueRecordsMax === undefined ? {} : { queueRecordsMax }),
      ...(resume === undefined ? {} : { resume }),
    });
    void this.source.connect();
    this.subscription = this.source.subscribeRealtime(['AAPL.US'], kinds);
    this.#reading = queueRecordsMax === undefined ? this.#read() : Promise.resolve();
  }

  async #read(): Promise<void> {
    for await (const batch of this.subscription) this.events.push(...batch);
  }

  get gateway(): FakeGateway {
    return this.gateways.newest;
  }

  /** Lets time pass in steps, so that everything due in it happens. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) await this.clock.pass(Math.min(500, left));
    await settle();
  }

  markers<T extends MarkerType>(type: T): Extract<Marker, { type: T }>[] {
    return this.events.flatMap((event) =>
      event.type === 'marker' && event.marker.type === type
        ? [event.marker as Extract<Marker, { type: T }>]
        : [],
    );
  }

  get state(): string | undefined {
    return this.markers('session').at(-1)?.state;
  }

  count(kind: Kind): number {
    return this.events.reduce((sum, event) => sum + (event.type === 'records' ? event[kind].length : 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.disconnect();
    await this.#reading;
  }
}
