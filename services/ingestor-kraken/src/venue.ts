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
import { krakenOptions, minutesOf, type KrakenOptions } from './config.ts';
import { KrakenHistory } from './history.ts';
import { CHANNELS, createParser, streamKey } from './parse.ts';

export const SOURCE = 'kraken';

export const ADDRESSES: Addresses = { wsUrl: 'wss://ws.kraken.com/v2', restUrl: 'https://api.kraken.com' };

/** What each channel is asked for beside its symbols. */
function parameters(kind: Kind, options: KrakenOptions): Record<string, unknown> {
  if (kind === 'quotes') return { event_trigger: 'bbo' };
  return kind === 'bars' ? { interval: minutesOf(options.barInterval) } : {};
}

/** Kraken's WebSocket API v2. */
export function krakenVenue(wsUrl: string, options: KrakenOptions): Venue {
  const message = (method: 'subscribe' | 'unsubscribe', kind: Kind, symbols: readonly string[]): string =>
    JSON.stringify({
      method,
      params: {
        channel: CHANNELS[kind],
        symbol: symbols,
        ...parameters(kind, options),
        ...(method === 'subscribe' ? { snapshot: true } : {}),
      },
    });
  const plan = (listings: readonly Listing[], kinds: readonly Kind[]): ConnectionPlan => ({
    url: wsUrl,
    subscribe: kinds.map((kind) =>
      message(
        'subscribe',
        kind,
        listings.map(({ symbol }) => symbol),
      ),
    ),
    streams: streamsOf(listings, kinds, ({ symbol }, kind) => streamKey(CHANNELS[kind], symbol)),
    confirmedByUrl: false,
  });
  return {
    source: SOURCE,
    // `heartbeat` comes about every second when nothing else does.
    heartbeat: { silenceMs: 10_000, ping: { everyMs: 30_000, text: '{"method":"ping"}' } },
    // About 150 connections in 10 minutes.
    limits: { messageGapMs: 150, connectGapMs: 4_000 },
    connections: (listings, kinds) => {
      return chunked(listings, options.symbolsPerConnection).map((part) => plan(part, kinds));
    },
    resubscribe: (_plan, streams) => {
      return symbolsByKind(streams).flatMap(([kind, symbols]) => [
        message('unsubscribe', kind, symbols),
        message('subscribe', kind, symbols),
      ]);
    },
    createParser,
  };
}

export class KrakenDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const { wsUrl, restUrl } = addressesOf(options.venue, ADDRESSES);
    super(krakenVenue(wsUrl, krakenOptions(options.venue)), new KrakenHistory(restUrl, options), options);
  }
}

export const kraken: VenueModule = {
  source: SOURCE,
  createSource: (options) => new KrakenDataSource(options),
};
