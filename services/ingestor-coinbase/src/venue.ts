import {
  addressesOf,
  symbolsByKind,
  WebSocketDataSource,
  type Addresses,
  type DataSourceOptions,
  type Stream,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import { coinbaseOptions, type CoinbaseOptions } from './config.ts';
import { CoinbaseHistory } from './history.ts';
import { CHANNELS, createParser, streamKey } from './parse.ts';

export const SOURCE = 'coinbase';

export const ADDRESSES: Addresses = {
  endpoints: ['wss://advanced-trade-ws.coinbase.com'],
  restUrls: ['https://api.coinbase.com'],
};

function message(type: 'subscribe' | 'unsubscribe', channel: string, products?: readonly string[]): string {
  return JSON.stringify({ type, ...(products === undefined ? {} : { product_ids: products }), channel });
}

/**
 * Coinbase Advanced Trade. Quotes come from level2's top, since the venue's ticker moves with trades only. One channel a message, the first within
 * five seconds of the connection; `heartbeats` keeps quiet channels open.
 */
export function coinbaseVenue(endpoints: readonly string[], options: CoinbaseOptions): Venue {
  const messages = (type: 'subscribe' | 'unsubscribe', streams: readonly Stream[]): string[] =>
    symbolsByKind(streams).map(([kind, products]) => message(type, CHANNELS[kind], products));
  return {
    source: SOURCE,
    endpoints,
    // `heartbeats` comes every second.
    heartbeat: { silenceMs: 10_000 },
    // 8 messages and 8 connections a second without a key, counted by address. A connection must have subscribed within five seconds: no more are
    // opened than can say all they have to.
    limits: {
      messageGapMs: 150,
      messagesPer: 'address',
      connectGapMs: 1_000,
      streamsPerConnection: options.streamsPerConnection,
    },
    streamsOf: (listing, kinds) =>
      kinds.map((kind) => ({ listing, kind, key: streamKey(CHANNELS[kind], listing.symbol) })),
    dial: (streams) => ({
      path: '',
      subscribe: [message('subscribe', 'heartbeats'), ...messages('subscribe', streams)],
      confirmedByUrl: false,
    }),
    subscribe: (streams) => messages('subscribe', streams),
    unsubscribe: (streams) => messages('unsubscribe', streams),
    createParser,
  };
}

export class CoinbaseDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(
      coinbaseVenue(endpoints, coinbaseOptions(options.venue)),
      new CoinbaseHistory(restUrls, options),
      options,
    );
  }
}

export const coinbase: VenueModule = {
  source: SOURCE,
  createSource: (options) => new CoinbaseDataSource(options),
};
