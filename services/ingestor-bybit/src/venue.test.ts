import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { bybitOptions } from './config.ts';
import { bybitVenue } from './venue.ts';

type Options = Parameters<typeof bybitOptions>[0]['options'];
const config = (options: Options): Parameters<typeof bybitOptions>[0] => ({
  kinds: ['trades', 'quotes', 'bars'],
  quotesEveryChange: true,
  sockets: 1,
  options,
});
const venue = (options: Options = {}): ReturnType<typeof bybitVenue> =>
  bybitVenue(['ws://x'], bybitOptions(config(options)));
const listings = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].map((symbol) => testListing('bybit', symbol));

describe('the Bybit venue', () => {
  it('asks for trades, the top of the book and one-minute bars, ten topics a request, whose id names them', () => {
    const { streamsOf, dial } = venue();
    const streams = listings.flatMap((listing) => streamsOf(listing, ['trades', 'quotes', 'bars']));
    expect(streams.slice(0, 3).map(({ key }) => key)).toEqual([
      'publicTrade.BTCUSDT',
      'orderbook.1.BTCUSDT',
      'kline.1.BTCUSDT',
    ]);
    const { path, subscribe, confirmedByUrl } = dial(streams);
    expect([path, confirmedByUrl]).toEqual(['/v5/public/spot', false]);
    const requests = subscribe.map(
      (text) => JSON.parse(text) as { req_id: string; op: string; args: string[] },
    );
    expect(requests.map(({ op, args }) => [op, args.length])).toEqual([
      ['subscribe', 10],
      ['subscribe', 2],
    ]);
    for (const { req_id: id, args } of requests) expect(id.split(',')).toEqual(args);
    expect(requests.flatMap(({ args }) => args)).toEqual(streams.map(({ key }) => key));
  });

  it('takes contracts from a path of their own, and bars of the length that is asked for', () => {
    const { streamsOf, dial } = venue({ category: 'linear', barInterval: '1d' });
    const streams = listings.slice(0, 1).flatMap((listing) => streamsOf(listing, ['bars']));
    expect(streams.map(({ key }) => key)).toEqual(['kline.D.BTCUSDT']);
    expect(dial(streams).path).toBe('/v5/public/linear');
  });

  it('ends streams by the same names', () => {
    const { streamsOf, unsubscribe } = venue();
    const [listing] = listings;
    const streams = listing === undefined ? [] : streamsOf(listing, ['quotes']);
    expect(unsubscribe(streams).map((text) => JSON.parse(text) as unknown)).toEqual([
      { req_id: 'orderbook.1.BTCUSDT', op: 'unsubscribe', args: ['orderbook.1.BTCUSDT'] },
    ]);
  });

  it('stays within the characters that one connection may ask for, whatever the symbols are called', () => {
    const { limits, streamsOf } = venue({ streamsPerConnection: 500 });
    const [stream] = streamsOf(testListing('bybit', '1000000BABYDOGEUSDT'), ['quotes']);
    expect((stream?.key.length ?? NaN) * limits.streamsPerConnection).toBeLessThan(21_000);
  });

  it.each([
    { category: 'inverse' },
    { barInterval: '1s' },
    { streamsPerConnection: 0 },
    { depth: 50 },
  ] as Options[])('refuses options that it does not know: %o', (options) =>
    expect(() => bybitOptions(config(options))).toThrow(/venues.bybit.options/),
  );
});
