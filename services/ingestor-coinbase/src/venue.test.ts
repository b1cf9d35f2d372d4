import type { Kind } from '@concord/model';
import type { Stream } from '@concord/sources';
import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { coinbaseVenue } from './venue.ts';

const listings = ['BTC-USD', 'ETH-USD', 'SOL-USD'].map((symbol) => testListing('coinbase', symbol));

const venue = coinbaseVenue(['ws://x'], { streamsPerConnection: 90 });

function streamsOf(kinds: readonly Kind[], count = listings.length): Stream[] {
  return listings.slice(0, count).flatMap((listing) => venue.streamsOf(listing, kinds));
}

describe('the Coinbase venue', () => {
  it('subscribes one channel a message, heartbeats first, and quotes by level2', () => {
    const streams = streamsOf(['trades', 'quotes', 'bars'], 2);
    const products = ['BTC-USD', 'ETH-USD'];
    expect(venue.dial(streams).subscribe.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'subscribe', channel: 'heartbeats' },
      { type: 'subscribe', product_ids: products, channel: 'market_trades' },
      { type: 'subscribe', product_ids: products, channel: 'level2' },
      { type: 'subscribe', product_ids: products, channel: 'candles' },
    ]);
    expect(streams.map(({ key }) => key)).toEqual([
      'market_trades:BTC-USD',
      'level2:BTC-USD',
      'candles:BTC-USD',
      'market_trades:ETH-USD',
      'level2:ETH-USD',
      'candles:ETH-USD',
    ]);
  });

  it('has said everything within the five seconds that the venue gives', () => {
    const { subscribe } = venue.dial(streamsOf(['trades', 'quotes', 'bars']));
    expect(subscribe.length * venue.limits.messageGapMs).toBeLessThan(5_000);
  });

  it('begins and ends single streams on an open connection', () => {
    const streams = streamsOf(['quotes']).slice(1, 3);
    const texts = [...venue.unsubscribe(streams), ...venue.subscribe(streams)];
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'unsubscribe', product_ids: ['ETH-USD', 'SOL-USD'], channel: 'level2' },
      { type: 'subscribe', product_ids: ['ETH-USD', 'SOL-USD'], channel: 'level2' },
    ]);
  });
});
