import {
  addressesOf,
  WebSocketDataSource,
  type Addresses,
  type DataSourceOptions,
  type Stream,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import { exampleOptions, type ExampleOptions } from './config.ts';
import { ExampleHistory } from './history.ts';
import { createParser } from './parse.ts';

export const SOURCE = 'example';

/** In order of preference: a later one is used while those before it fail. */
export const ADDRESSES: Addresses = {
  endpoints: ['wss://ws.venue.example'],
  restUrls: ['https://api.venue.example'],
};

const DAY_MS = 86_400_000;

function message(op: 'subscribe' | 'unsubscribe', streams: readonly Stream[]): string {
  return JSON.stringify({ op, keys: streams.map(({ key }) => key) });
}

/** REPLACE THIS: what the venue promises of its connections, each figure with its source. */
export function exampleVenue(endpoints: readonly string[], options: ExampleOptions): Venue {
  return {
    source: SOURCE,
    endpoints,
    // A heartbeat comes every second.
    heartbeat: { silenceMs: 10_000, ping: { everyMs: 20_000, text: '{"op":"ping"}' } },
    // 5 messages and 2 connections a second; the venue cuts a connection after a day.
    limits: {
      messageGapMs: 250,
      connectGapMs: 500,
      streamsPerConnection: options.streamsPerConnection,
      connectionMsMax: DAY_MS,
    },
    streamsOf: (listing, kinds) => kinds.map((kind) => ({ listing, kind, key: `${kind}:${listing.symbol}` })),
    dial: (streams) => ({ path: '', subscribe: [message('subscribe', streams)], confirmedByUrl: false }),
    subscribe: (streams) => [message('subscribe', streams)],
    unsubscribe: (streams) => [message('unsubscribe', streams)],
    createParser,
  };
}

export class ExampleDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const own = exampleOptions(options.venue);
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(exampleVenue(endpoints, own), new ExampleHistory(restUrls, options), options);
  }
}

export const exampleModule: VenueModule = {
  source: SOURCE,
  createSource: (options) => new ExampleDataSource(options),
};
