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
import { binanceOptions, type BinanceOptions } from './config.ts';
import { BinanceHistory } from './history.ts';
import { createParser } from './parse.ts';

export const SOURCE = 'binance';

/** Market data only first; the trading endpoints serve the same. */
export const ADDRESSES: Addresses = {
  endpoints: ['wss://data-stream.binance.vision', 'wss://stream.binance.com:9443'],
  restUrls: ['https://data-api.binance.vision', 'https://api.binance.com'],
};

function streamName(listing: Listing, kind: Kind, options: BinanceOptions): string {
  const symbol = listing.symbol.toLowerCase();
  if (kind === 'trades') return `${symbol}@${options.tradeStream}`;
  return kind === 'quotes' ? `${symbol}@bookTicker` : `${symbol}@kline_${options.barInterval}`;
}

const DAY_MS = 86_400_000;
/** Method calls whose answers are awaited at once, at most. */
const CALLS_MAX = 1_024;

/**
 * Binance spot. Streams stand in the URL, so that a connection costs none of the five messages a second; those that come and go later are asked for by
 * method calls, whose answers name nothing but the call.
 */
export function binanceVenue(endpoints: readonly string[], options: BinanceOptions): Venue {
  let call = 0;
  const calls = new Map<number, readonly string[]>();
  const method = (name: 'SUBSCRIBE' | 'UNSUBSCRIBE', streams: readonly Stream[]): string => {
    const params = streams.map(({ key }) => key);
    const id = ++call;
    if (name === 'SUBSCRIBE') calls.set(id, params);
    if (calls.size > CALLS_MAX) calls.delete(calls.keys().next().value as number);
    return JSON.stringify({ method: name, params, id });
  };
  return {
    source: SOURCE,
    endpoints,
    // The venue pings every 20 s; two missed and a margin.
    heartbeat: { silenceMs: 60_000 },
    // 5 messages a second, pongs among them; 300 connection attempts in 5 minutes; a connection lives 24 hours.
    limits: {
      messageGapMs: 300,
      connectGapMs: 1_000,
      streamsPerConnection: options.streamsPerConnection,
      connectionMsMax: DAY_MS,
    },
    streamsOf: (listing, kinds) =>
      kinds.map((kind) => ({
        listing,
        kind,
        key: streamName(listing, kind, options),
        ...everyWindow(kind, options.barInterval),
      })),
    dial: (streams) => {
      const unit = options.timeUnit === 'microsecond' ? '&timeUnit=MICROSECOND' : '';
      return {
        path: `/stream?streams=${streams.map(({ key }) => key).join('/')}${unit}`,
        subscribe: [],
        confirmedByUrl: true,
      };
    },
    subscribe: (streams) => [method('SUBSCRIBE', streams)],
    unsubscribe: (streams) => [method('UNSUBSCRIBE', streams)],
    createParser: (context) => createParser(context, (id) => calls.get(id) ?? []),
  };
}

export class BinanceDataSource extends WebSocketDataSource {
  constructor(options: DataSourceOptions) {
    const own = binanceOptions(options.venue);
    const { endpoints, restUrls } = addressesOf(options.venue, ADDRESSES);
    super(binanceVenue(endpoints, own), new BinanceHistory(restUrls, own, options), options);
  }
}

export const binance: VenueModule = {
  source: SOURCE,
  createSource: (options) => new BinanceDataSource(options),
};
