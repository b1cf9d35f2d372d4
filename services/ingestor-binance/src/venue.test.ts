import { configSchema, type VenueConfig } from '@concord/runtime';
import type { Kind } from '@concord/model';
import { BadOptions, type Stream, type Venue } from '@concord/sources';
import { testContext, testListing } from '@concord/testkit';
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

function streamsOf(venue: Venue, kinds: readonly Kind[], count = listings.length): Stream[] {
  return listings.slice(0, count).flatMap((listing) => venue.streamsOf(listing, kinds));
}

describe('the Binance venue', () => {
  it('names its streams in the URL, which confirms them', () => {
    const venue = binanceVenue(['ws://x'], binanceOptions(venueConfig({})));
    expect(venue.dial(streamsOf(venue, ['trades', 'quotes', 'bars']))).toEqual({
      path: '/stream?streams=btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@kline_1m/ethusdt@aggTrade/ethusdt@bookTicker/ethusdt@kline_1m',
      subscribe: [],
      confirmedByUrl: true,
    });
  });

  it('takes single trades, other bars and microseconds by choice', () => {
    const options = { tradeStream: 'trade', barInterval: '1s', timeUnit: 'microsecond' };
    const venue = binanceVenue(['ws://x'], binanceOptions(venueConfig(options)));
    expect(venue.dial(streamsOf(venue, ['trades', 'bars'], 1)).path).toBe(
      '/stream?streams=btcusdt@trade/btcusdt@kline_1s&timeUnit=MICROSECOND',
    );
  });

  it('has its connections replaced before the venue cuts them at 24 hours, and puts no more than 1,024 streams on one', () => {
    const { limits } = binanceVenue(['ws://x'], binanceOptions(venueConfig({ streamsPerConnection: 1_024 })));
    expect(limits).toMatchObject({ streamsPerConnection: 1_024, connectionMsMax: 86_400_000 });
    expect(limits.messageGapMs).toBeGreaterThan(200);
  });

  it('begins and ends streams on an open connection by the methods the venue has for it', () => {
    const venue = binanceVenue(['ws://x'], binanceOptions(venueConfig({})));
    const streams = streamsOf(venue, ['trades'], 1);
    const texts = [...venue.unsubscribe(streams), ...venue.subscribe(streams)];
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { method: 'UNSUBSCRIBE', params: ['btcusdt@aggTrade'], id: 1 },
      { method: 'SUBSCRIBE', params: ['btcusdt@aggTrade'], id: 2 },
    ]);
  });

  it('knows by the number of a call which streams its answer confirms or rejects', () => {
    const venue = binanceVenue(['ws://x'], binanceOptions(venueConfig({})));
    const streams = streamsOf(venue, ['trades', 'quotes'], 1);
    venue.subscribe(streams);
    const parser = venue.createParser(testContext('binance', ['BTCUSDT']));
    const keys = ['btcusdt@aggTrade', 'btcusdt@bookTicker'];
    expect(parser.parse('{"result":null,"id":1}', 0).acks).toEqual(keys);
    expect(parser.parse('{"error":{"code":2,"msg":"Invalid request"},"id":1}', 0).errors).toMatchObject([
      { code: 'venue-2', keys },
    ]);
    expect(parser.parse('{"result":null,"id":7}', 0).acks).toEqual([]);
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
