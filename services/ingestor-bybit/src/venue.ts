import {
  addressesOf,
  chunked,
  everyWindow,
  WebSocketDataSource,
  type Addresses,
  type DataSourceOptions,
  type Stream,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import { bybitOptions, type BybitOptions } from './config.ts';
import { BybitHistory } from './history.ts';
import { createParser, requestId, topicOf } from './parse.ts';

export const SOURCE = 'bybit';

/** The second host of REST is the venue's own way round a first that cannot be reached. */
export const ADDRESSES: Addresses = {
  endpoints: ['wss://stream.bybit.com'],
  restUrls: ['https://api.bybit.com', 'https://api.bytick.com'],
};

/** Topics that spot takes in one request; the others take more, which nobody needs. */
const TOPICS_PER_REQUEST = 10;

function requests(op: 'subscribe' | 'unsubscribe', streams: readonly Stream[]): string[] {
  const topics = streams.map(({ key }) => key);
  return chunked(topics, TOPICS_PER_REQUEST).map((args) =>
    JSON.stringify({ req_id: requestId(args), op, args }),
  );
}

/** Bybit's public streams, version 5, of one category (https://bybit-exchange.github.io/docs/v5/ws/connect). */
export function bybitVenue(endpoints: readonly string[], options: BybitOptions): Venue {
  const { category, barInterval, streamsPerConnection } = options;
  const subscribe = (streams: readonly Stream[]): string[] => requests('subscribe', streams);
  return {
    source: SOURCE,
    endpoints,
    // The venue never pings; it answers a ping at once. Two unanswered and a margin.
    heartbeat: { silenceMs: 50_000, ping: { everyMs: 20_000, text: '{"op":"ping"}' } },
    // 500 connections in 5 minutes.
    limits: { messageGapMs: 100, connectGapMs: 700, streamsPerConnection },
    streamsOf: (listing, kinds) =>
      kinds.map((kind) => ({
        listing,
        kind,
        key: topicOf(kind, listing.symbol, barInterval),
        ...everyWindow(kind, barInterval),
      })),
    dial: (streams) => ({
      path: `/v5/public/${category}`,
      subscribe: subscribe(streams),
      confirmedByUrl: false,
    }),
    subscribe,
    unsubscribe: (streams) => requests('unsubscribe', streams),
    createParser,
  };
}

export class BybitDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const own = bybitOptions(options.venue);
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(bybitVenue(endpoints, own), new BybitHistory(restUrls, own, options), options);
  }
}

export const bybit: VenueModule = {
  source: SOURCE,
  createSource: (options) => new BybitDataSource(options),
};
