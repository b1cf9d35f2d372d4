import {
  addressesOf,
  chunked,
  streamsOf,
  WebSocketDataSource,
  type Addresses,
  type ConnectionPlan,
  type DataSourceOptions,
  type Listing,
  type Venue,
  type VenueModule,
} from '@concord/sources';
import type { Kind } from '@concord/model';
import { binanceOptions, type BinanceOptions } from './config.ts';
import { BinanceHistory } from './history.ts';
import { createParser } from './parse.ts';

export const SOURCE = 'binance';

/** Market data only; the trading endpoint (stream.binance.com) serves the same. */
export const ADDRESSES: Addresses = {
  wsUrl: 'wss://data-stream.binance.vision',
  restUrl: 'https://data-api.binance.vision',
};

function streamName(listing: Listing, kind: Kind, options: BinanceOptions): string {
  const symbol = listing.symbol.toLowerCase();
  if (kind === 'trades') return `${symbol}@${options.tradeStream}`;
  return kind === 'quotes' ? `${symbol}@bookTicker` : `${symbol}@kline_${options.barInterval}`;
}

/** Binance spot. Streams stand in the URL, so that a connection costs none of the five messages a second. */
export function binanceVenue(wsUrl: string, options: BinanceOptions): Venue {
  let request = 0;
  const method = (name: string, params: readonly string[]): string =>
    JSON.stringify({ method: name, params, id: ++request });
  return {
    source: SOURCE,
    // The venue pings every 20 s; two missed and a margin.
    heartbeat: { silenceMs: 60_000 },
    // 5 messages a second, 300 connection attempts in 5 minutes.
    limits: { messageGapMs: 250, connectGapMs: 1_000 },
    connections: (listings, kinds) => {
      const streams = streamsOf(listings, kinds, (listing, kind) => streamName(listing, kind, options));
      return chunked(streams, options.streamsPerConnection).map((part): ConnectionPlan => {
        const unit = options.timeUnit === 'microsecond' ? '&timeUnit=MICROSECOND' : '';
        return {
          url: `${wsUrl}/stream?streams=${part.map(({ key }) => key).join('/')}${unit}`,
          subscribe: [],
          streams: part,
          confirmedByUrl: true,
        };
      });
    },
    resubscribe: (_plan, streams) => {
      const keys = streams.map(({ key }) => key);
      return [method('UNSUBSCRIBE', keys), method('SUBSCRIBE', keys)];
    },
    createParser,
  };
}

export class BinanceDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const own = binanceOptions(options.venue);
    const { wsUrl, restUrl } = addressesOf(options.venue, ADDRESSES);
    super(binanceVenue(wsUrl, own), new BinanceHistory(restUrl, own, options), options);
  }
}

export const binance: VenueModule = {
  source: SOURCE,
  createSource: (options) => new BinanceDataSource(options),
};
