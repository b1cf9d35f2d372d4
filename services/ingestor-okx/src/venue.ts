import {
  addressesOf,
  everyWindow,
  WebSocketDataSource,
  type Addresses,
  type DataSourceOptions,
  type Listing,
  type Stream,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import type { Kind } from '@concord/model';
import { BAR_NAMES, okxOptions, type OkxOptions } from './config.ts';
import { OkxHistory } from './history.ts';
import { createParser, streamKey } from './parse.ts';

export const SOURCE = 'okx';

export const ADDRESSES: Addresses = {
  endpoints: ['wss://ws.okx.com:8443/ws/v5'],
  restUrls: ['https://www.okx.com'],
};

function channelOf(kind: Kind, options: OkxOptions): string {
  if (kind === 'trades') return options.tradeChannel;
  return kind === 'quotes' ? options.quoteChannel : `candle${BAR_NAMES[options.barInterval]}`;
}

/** Candles and single fills live under another path than the rest (error 64001 and 64002 where one is asked for at the other). */
function pathOf(channel: string): string {
  return channel.startsWith('candle') || channel === 'trades-all' ? 'business' : 'public';
}

/** OKX's WebSocket API v5. */
export function okxVenue(endpoints: readonly string[], options: OkxOptions): Venue {
  const message = (op: 'subscribe' | 'unsubscribe', streams: readonly Stream[]): string[] => {
    const args = streams.map(({ kind, listing }) => ({
      channel: channelOf(kind, options),
      instId: listing.symbol,
    }));
    return [JSON.stringify({ op, args })];
  };
  return {
    source: SOURCE,
    endpoints,
    // A connection on which nothing moves for 30 s is closed; the answer to `ping` is the text `pong`.
    heartbeat: { silenceMs: 35_000, ping: { everyMs: 15_000, text: 'ping' } },
    // 3 connections a second; 480 subscriptions and their ends in an hour of a connection, of which the first come at once
    // (https://www.okx.com/docs-v5/en/#overview-websocket-connect).
    limits: {
      messageGapMs: 250,
      connectGapMs: 400,
      streamsPerConnection: options.streamsPerConnection,
    },
    streamsOf: (listing: Listing, kinds: readonly Kind[]) =>
      kinds.map((kind) => {
        const channel = channelOf(kind, options);
        return {
          listing,
          kind,
          key: streamKey(channel, listing.symbol),
          group: pathOf(channel),
          ...everyWindow(kind, options.barInterval),
        };
      }),
    dial: (streams) => ({
      path: `/${streams[0]?.group ?? 'public'}`,
      subscribe: message('subscribe', streams),
      confirmedByUrl: false,
    }),
    subscribe: (streams) => message('subscribe', streams),
    unsubscribe: (streams) => message('unsubscribe', streams),
    createParser,
  };
}

export class OkxDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const own = okxOptions(options.venue);
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(okxVenue(endpoints, own), new OkxHistory(restUrls, options), options);
  }
}

export const okx: VenueModule = {
  source: SOURCE,
  createSource: (options) => new OkxDataSource(options),
};
