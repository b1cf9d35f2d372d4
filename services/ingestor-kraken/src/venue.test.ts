import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { krakenVenue } from './venue.ts';

const listings = ['BTC/USD', 'ETH/USD'].map((symbol) => testListing('kraken', symbol));
const options = { barInterval: '1m', streamsPerConnection: 300 } as const;

function messages(texts: readonly string[]): unknown[] {
  return texts.map((text) => JSON.parse(text) as unknown);
}

describe('the Kraken venue', () => {
  it('subscribes trades, the ticker on every change of the best bid and offer, and one-minute bars', () => {
    const venue = krakenVenue(['ws://x/v2'], options);
    const streams = listings.flatMap((listing) => venue.streamsOf(listing, ['trades', 'quotes', 'bars']));
    const dial = venue.dial(streams);
    const symbol = ['BTC/USD', 'ETH/USD'];
    expect(messages(dial.subscribe)).toEqual([
      { method: 'subscribe', params: { channel: 'trade', symbol, snapshot: true }, req_id: 1 },
      {
        method: 'subscribe',
        params: { channel: 'ticker', symbol, event_trigger: 'bbo', snapshot: true },
        req_id: 2,
      },
      { method: 'subscribe', params: { channel: 'ohlc', symbol, interval: 1, snapshot: true }, req_id: 3 },
    ]);
    expect(dial).toMatchObject({ path: '', confirmedByUrl: false });
    expect(streams.map(({ key }) => key)).toContain('ohlc:ETH/USD');
  });

  it('says the length of bars in minutes', () => {
    const venue = krakenVenue(['ws://x/v2'], { ...options, barInterval: '4h' });
    const [text] = venue.subscribe(listings.flatMap((listing) => venue.streamsOf(listing, ['bars'])));
    expect(JSON.parse(text ?? '')).toMatchObject({ params: { interval: 240 } });
  });

  it('begins and ends single streams on an open connection', () => {
    const venue = krakenVenue(['ws://x/v2'], options);
    const streams = listings.slice(0, 1).flatMap((listing) => venue.streamsOf(listing, ['trades']));
    expect(messages([...venue.unsubscribe(streams), ...venue.subscribe(streams)])).toEqual([
      { method: 'unsubscribe', params: { channel: 'trade', symbol: ['BTC/USD'] }, req_id: 1 },
      { method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true }, req_id: 1 },
    ]);
  });
});
