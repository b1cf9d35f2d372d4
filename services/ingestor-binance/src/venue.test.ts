import { configSchema, type VenueConfig } from '@concord/runtime';
import { BadOptions } from '@concord/sources';
import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { binanceOptions } from './config.ts';
import { binanceVenue } from './venue.ts';

function venueConfig(options: Record<string, unknown>): VenueConfig {
  const config = configSchema.parse({
    venues: { binance: { options } },
    instruments: [{ id: 'A', base: 'A', quote: 'B', partition: 0, priceScale: 2, venues: {} }],
  });
  return config.venues['binance'] as VenueConfig;
}

const listings = ['BTCUSDT', 'ETHUSDT'].map((symbol) => testListing('binance', symbol));

describe('the Binance venue', () => {
  it('names its streams in the URL, which confirms them', () => {
    const venue = binanceVenue('ws://x', binanceOptions(venueConfig({})));
    expect(venue.connections(listings, ['trades', 'quotes', 'bars'])).toMatchObject([
      {
        url: 'ws://x/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@kline_1m/ethusdt@aggTrade/ethusdt@bookTicker/ethusdt@kline_1m',
        subscribe: [],
        confirmedByUrl: true,
      },
    ]);
  });

  it('takes single trades, other bars and microseconds by choice', () => {
    const options = { tradeStream: 'trade', barInterval: '1s', timeUnit: 'microsecond' };
    const venue = binanceVenue('ws://x', binanceOptions(venueConfig(options)));
    expect(venue.connections(listings.slice(0, 1), ['trades', 'bars'])[0]?.url).toBe(
      'ws://x/stream?streams=btcusdt@trade/btcusdt@kline_1s&timeUnit=MICROSECOND',
    );
  });

  it('cuts its streams into several connections', () => {
    const venue = binanceVenue('ws://x', binanceOptions(venueConfig({ streamsPerConnection: 3 })));
    const plans = venue.connections(listings, ['trades', 'quotes']);
    expect(plans.map(({ streams }) => streams.length)).toEqual([3, 1]);
  });

  it('asks for single streams anew by the method the venue has for it', () => {
    const venue = binanceVenue('ws://x', binanceOptions(venueConfig({})));
    const [plan] = venue.connections(listings, ['trades']);
    const texts = plan === undefined ? [] : venue.resubscribe(plan, plan.streams.slice(0, 1));
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { method: 'UNSUBSCRIBE', params: ['btcusdt@aggTrade'], id: 1 },
      { method: 'SUBSCRIBE', params: ['btcusdt@aggTrade'], id: 2 },
    ]);
  });

  it('refuses options with their key, value and what was expected', () => {
    const refused = (options: Record<string, unknown>): string => {
      try {
        binanceOptions(venueConfig(options));
      } catch (error) {
        if (error instanceof BadOptions) return error.message;
      }
      return 'accepted';
    };
    expect(refused({ tradeStream: 'ticks' })).toBe(
      'venues.binance.options: tradeStream = "ticks": expected "aggTrade" or "trade"',
    );
    expect(refused({ barInterval: '2m' })).toContain('expected one of 1s 1m');
    expect(refused({ colour: 'red' })).toContain('colour');
  });
});
