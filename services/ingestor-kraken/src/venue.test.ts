import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { krakenVenue } from './venue.ts';

const listings = ['BTC/USD', 'ETH/USD'].map((symbol) => testListing('kraken', symbol));
const options = { barInterval: '1m', symbolsPerConnection: 100 } as const;

describe('the Kraken venue', () => {
  it('subscribes trades, the ticker on every change of the best bid and offer, and one-minute bars', () => {
    const [plan] = krakenVenue('ws://x/v2', options).connections(listings, ['trades', 'quotes', 'bars']);
    const symbol = ['BTC/USD', 'ETH/USD'];
    expect(plan?.subscribe.map((text) => JSON.parse(text) as unknown)).toEqual([
      { method: 'subscribe', params: { channel: 'trade', symbol, snapshot: true } },
      { method: 'subscribe', params: { channel: 'ticker', symbol, event_trigger: 'bbo', snapshot: true } },
      { method: 'subscribe', params: { channel: 'ohlc', symbol, interval: 1, snapshot: true } },
    ]);
    expect(plan).toMatchObject({ url: 'ws://x/v2', confirmedByUrl: false });
    expect(plan?.streams.map(({ key }) => key)).toContain('ohlc:ETH/USD');
  });

  it('says the length of bars in minutes', () => {
    const [plan] = krakenVenue('ws://x/v2', { ...options, barInterval: '4h' }).connections(listings, [
      'bars',
    ]);
    expect(JSON.parse(plan?.subscribe[0] ?? '')).toMatchObject({ params: { interval: 240 } });
  });

  it('asks for the snapshot of single streams again', () => {
    const venue = krakenVenue('ws://x/v2', options);
    const [plan] = venue.connections(listings, ['trades', 'quotes']);
    const texts = plan === undefined ? [] : venue.resubscribe(plan, plan.streams.slice(0, 1));
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { method: 'unsubscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } },
      { method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true } },
    ]);
  });
});
