import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { okxOptions } from './config.ts';
import { okxVenue } from './venue.ts';

const config = { kinds: [], quotesEveryChange: true, options: {} } as unknown as Parameters<
  typeof okxOptions
>[0];
const listing = testListing('okx', 'BTC-USDT');

function venueOf(options: Record<string, string | number | boolean> = {}): ReturnType<typeof okxVenue> {
  return okxVenue(['wss://x/ws/v5'], okxOptions({ ...config, options }));
}

describe('the OKX venue', () => {
  it('asks for trades and the best bid and ask at /public, for candles at /business', () => {
    const venue = venueOf();
    const streams = venue.streamsOf(listing, ['trades', 'quotes', 'bars']);
    expect(streams.map(({ key, group }) => [key, group])).toEqual([
      ['trades:BTC-USDT', 'public'],
      ['bbo-tbt:BTC-USDT', 'public'],
      ['candle1m:BTC-USDT', 'business'],
    ]);
    expect(venue.dial(streams.slice(0, 2))).toEqual({
      path: '/public',
      subscribe: [
        '{"op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"},{"channel":"bbo-tbt","instId":"BTC-USDT"}]}',
      ],
      confirmedByUrl: false,
    });
    expect(venue.dial(streams.slice(2)).path).toBe('/business');
  });

  it('takes single fills from /business, quotes from tickers and days that begin at midnight UTC where told to', () => {
    const venue = venueOf({ tradeChannel: 'trades-all', quoteChannel: 'tickers', barInterval: '1d' });
    const streams = venue.streamsOf(listing, ['trades', 'quotes', 'bars']);
    expect(streams.map(({ key, group }) => [key, group])).toEqual([
      ['trades-all:BTC-USDT', 'business'],
      ['tickers:BTC-USDT', 'public'],
      ['candle1Dutc:BTC-USDT', 'business'],
    ]);
  });

  it('ends a stream by its channel and symbol', () => {
    const venue = venueOf();
    expect(venue.unsubscribe(venue.streamsOf(listing, ['bars']))).toEqual([
      '{"op":"unsubscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}',
    ]);
  });

  it('never says more at once than the venue takes', () => {
    const venue = venueOf({ streamsPerConnection: 500, barInterval: '1d' });
    const long = testListing('okx', 'BTC-USD-221230-16600-C-AND-SOME-MORE');
    const streams = Array.from({ length: venue.limits.streamsPerConnection }, () =>
      venue.streamsOf(long, ['bars']),
    ).flat();
    for (const text of venue.subscribe(streams)) expect(text.length).toBeLessThan(64 * 1024);
  });

  it('pings well within the 30 s after which the venue closes a connection', () => {
    const { heartbeat } = venueOf();
    expect(heartbeat.ping).toEqual({ everyMs: 15_000, text: 'ping' });
  });

  it('refuses options that it does not know', () => {
    expect(() => venueOf({ tradeChannel: 'fills' })).toThrow(/tradeChannel = "fills": expected "trades"/);
    expect(() => venueOf({ depth: 5 })).toThrow(/depth/);
  });
});
