import {
  addressesOf,
  everyWindow,
  symbolsByKind,
  WebSocketDataSource,
  type Addresses,
  type DataSourceOptions,
  type Stream,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import type { Kind } from '@concord/model';
import { krakenOptions, minutesOf, type KrakenOptions } from './config.ts';
import { KrakenHistory } from './history.ts';
import { CHANNELS, createParser, REQUEST_IDS, streamKey } from './parse.ts';

export const SOURCE = 'kraken';

export const ADDRESSES: Addresses = {
  endpoints: ['wss://ws.kraken.com/v2'],
  restUrls: ['https://api.kraken.com'],
};

/** What each channel is asked for beside its symbols. */
function parameters(kind: Kind, options: KrakenOptions): Record<string, unknown> {
  if (kind === 'quotes') return { event_trigger: 'bbo' };
  return kind === 'bars' ? { interval: minutesOf(options.barInterval) } : {};
}

/** Kraken's WebSocket API v2. */
export function krakenVenue(endpoints: readonly string[], options: KrakenOptions): Venue {
  const messages = (method: 'subscribe' | 'unsubscribe', streams: readonly Stream[]): string[] =>
    symbolsByKind(streams).map(([kind, symbol]) =>
      JSON.stringify({
        method,
        params: {
          channel: CHANNELS[kind],
          symbol,
          ...parameters(kind, options),
          ...(method === 'subscribe' ? { snapshot: true } : {}),
        },
        req_id: REQUEST_IDS[kind],
      }),
    );
  return {
    source: SOURCE,
    endpoints,
    // `heartbeat` comes about every second when nothing else does.
    heartbeat: { silenceMs: 10_000, ping: { everyMs: 30_000, text: '{"method":"ping"}' } },
    // About 150 connections in 10 minutes.
    limits: {
      messageGapMs: 150,
      connectGapMs: 4_000,
      streamsPerConnection: options.streamsPerConnection,
    },
    streamsOf: (listing, kinds) =>
      kinds.map((kind) => ({
        listing,
        kind,
        key: streamKey(CHANNELS[kind], listing.symbol),
        ...everyWindow(kind, options.barInterval),
      })),
    dial: (streams) => ({ path: '', subscribe: messages('subscribe', streams), confirmedByUrl: false }),
    subscribe: (streams) => messages('subscribe', streams),
    unsubscribe: (streams) => messages('unsubscribe', streams),
    createParser,
  };
}

export class KrakenDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(
      krakenVenue(endpoints, krakenOptions(options.venue)),
      new KrakenHistory(restUrls, options),
      options,
    );
  }
}

export const kraken: VenueModule = {
  source: SOURCE,
  createSource: (options) => new KrakenDataSource(options),
};
