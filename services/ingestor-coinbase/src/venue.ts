import {
  addressesOf,
  chunked,
  streamsOf,
  symbolsByKind,
  WebSocketDataSource,
  type Addresses,
  type ConnectionPlan,
  type DataSourceOptions,
  type Listing,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import type { Kind } from '@concord/model';
import { coinbaseOptions, type CoinbaseOptions } from './config.ts';
import { CoinbaseHistory } from './history.ts';
import { CHANNELS, createParser, streamKey } from './parse.ts';

export const SOURCE = 'coinbase';

export const ADDRESSES: Addresses = {
  wsUrl: 'wss://advanced-trade-ws.coinbase.com',
  restUrl: 'https://api.coinbase.com',
};

function message(type: 'subscribe' | 'unsubscribe', channel: string, products?: readonly string[]): string {
  return JSON.stringify({ type, ...(products === undefined ? {} : { product_ids: products }), channel });
}

/**
 * Coinbase Advanced Trade. Quotes come from level2's top, since the venue's ticker moves with trades only. One channel a message, the first within
 * five seconds of the connection; `heartbeats` keeps quiet channels open.
 */
export function coinbaseVenue(wsUrl: string, options: CoinbaseOptions): Venue {
  const plan = (listings: readonly Listing[], kinds: readonly Kind[]): ConnectionPlan => {
    const products = listings.map(({ symbol }) => symbol);
    return {
      url: wsUrl,
      subscribe: [
        message('subscribe', 'heartbeats'),
        ...kinds.map((kind) => message('subscribe', CHANNELS[kind], products)),
      ],
      streams: streamsOf(listings, kinds, ({ symbol }, kind) => streamKey(CHANNELS[kind], symbol)),
      confirmedByUrl: false,
    };
  };
  return {
    source: SOURCE,
    // `heartbeats` comes every second.
    heartbeat: { silenceMs: 10_000 },
    // 8 messages and 8 connections a second without a key.
    limits: { messageGapMs: 150, connectGapMs: 150 },
    connections: (listings, kinds) => {
      return chunked(listings, options.productsPerConnection).map((part) => plan(part, kinds));
    },
    resubscribe: (_plan, streams) => {
      return symbolsByKind(streams).flatMap(([kind, products]) => [
        message('unsubscribe', CHANNELS[kind], products),
        message('subscribe', CHANNELS[kind], products),
      ]);
    },
    createParser,
  };
}

export class CoinbaseDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const { wsUrl, restUrl } = addressesOf(options.venue, ADDRESSES);
    super(
      coinbaseVenue(wsUrl, coinbaseOptions(options.venue)),
      new CoinbaseHistory(restUrl, options),
      options,
    );
  }
}

export const coinbase: VenueModule = {
  source: SOURCE,
  createSource: (options) => new CoinbaseDataSource(options),
};
