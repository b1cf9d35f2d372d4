import { testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { exampleVenue } from './venue.ts';

describe('the venue example', () => {
  it('asks for all streams of a connection in one message, and for single ones later', () => {
    const venue = exampleVenue(['ws://venue'], { barInterval: '1m', streamsPerConnection: 100 });
    const listing = testListing('example', 'BTC-USD');
    const streams = venue.streamsOf(listing, ['trades', 'quotes', 'bars']);
    expect(venue.dial(streams)).toEqual({
      path: '',
      subscribe: ['{"op":"subscribe","keys":["trades:BTC-USD","quotes:BTC-USD","bars:BTC-USD"]}'],
      confirmedByUrl: false,
    });
    expect(venue.unsubscribe(streams.slice(0, 1))).toEqual([
      '{"op":"unsubscribe","keys":["trades:BTC-USD"]}',
    ]);
  });
});
