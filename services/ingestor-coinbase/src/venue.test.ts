import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { coinbaseVenue } from './venue.ts';

const listings = ['BTC-USD', 'ETH-USD', 'SOL-USD'].map((symbol) => testListing('coinbase', symbol));

describe('the Coinbase venue', () => {
  it('subscribes one channel a message, heartbeats first, and quotes by level2', () => {
    const [plan] = coinbaseVenue('ws://x', { productsPerConnection: 30 }).connections(listings.slice(0, 2), [
      'trades',
      'quotes',
      'bars',
    ]);
    const products = ['BTC-USD', 'ETH-USD'];
    expect(plan?.subscribe.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'subscribe', channel: 'heartbeats' },
      { type: 'subscribe', product_ids: products, channel: 'market_trades' },
      { type: 'subscribe', product_ids: products, channel: 'level2' },
      { type: 'subscribe', product_ids: products, channel: 'candles' },
    ]);
    expect(plan?.streams.map(({ key }) => key)).toEqual([
      'market_trades:BTC-USD',
      'level2:BTC-USD',
      'candles:BTC-USD',
      'market_trades:ETH-USD',
      'level2:ETH-USD',
      'candles:ETH-USD',
    ]);
  });

  it('has said everything within the five seconds that the venue gives', () => {
    const venue = coinbaseVenue('ws://x', { productsPerConnection: 30 });
    const [plan] = venue.connections(listings, ['trades', 'quotes', 'bars']);
    expect((plan?.subscribe.length ?? 99) * venue.limits.messageGapMs).toBeLessThan(5_000);
  });

  it('cuts its products into several connections', () => {
    const plans = coinbaseVenue('ws://x', { productsPerConnection: 2 }).connections(listings, ['trades']);
    expect(plans.map(({ streams }) => streams.length)).toEqual([2, 1]);
  });

  it('asks for the snapshot of single streams again', () => {
    const venue = coinbaseVenue('ws://x', { productsPerConnection: 30 });
    const [plan] = venue.connections(listings, ['quotes']);
    const texts = plan === undefined ? [] : venue.resubscribe(plan, plan.streams.slice(1, 3));
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'unsubscribe', product_ids: ['ETH-USD', 'SOL-USD'], channel: 'level2' },
      { type: 'subscribe', product_ids: ['ETH-USD', 'SOL-USD'], channel: 'level2' },
    ]);
  });
});
