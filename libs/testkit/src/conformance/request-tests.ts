import type { Listing, Stream, Venue } from '@concord/sources';
import { describe, expect, it } from 'vitest';
import { testListing } from '../parsing.ts';
import type { VenueConformance } from './venue-conformance.ts';

/** A canonical id that no venue knows: what is asked for is asked for by the venue's symbol. */
const CANONICAL = 'CANONICAL.ID';

function streamsOf({ source, types, written }: VenueConformance, venue: Venue): Stream[] {
  const kinds = [...new Set(types.map(({ kind }) => kind))];
  const symbols = [...new Set(written.flatMap((session) => session.symbols))];
  return symbols.flatMap((symbol) =>
    venue.streamsOf(testListing(source, symbol, { instrument: CANONICAL }), kinds),
  );
}

const names = (text: string, { symbol }: Listing): boolean =>
  text.toLowerCase().includes(symbol.toLowerCase()) && !text.includes(CANONICAL);

/** What is sent asks for the streams that are wanted: each by its venue symbol, and no two alike. */
export function requestTests(suite: VenueConformance): void {
  describe(`${suite.source} × requests`, () => {
    const venue = suite.createVenue();
    const streams = streamsOf(suite, venue);

    it('know each stream by a key of its own', () => {
      expect(streams.length).toBeGreaterThan(0);
      expect(new Set(streams.map(({ key }) => key)).size).toBe(streams.length);
    });

    it.each(['subscribe', 'unsubscribe'] as const)('%s names the venue symbol of the stream', (what) => {
      const wrong = streams.filter((stream) => !names(venue[what]([stream]).join('\n'), stream.listing));
      expect(wrong.map(({ key }) => key)).toEqual([]);
    });

    it('ask for no two streams alike, and end none by what begins it', () => {
      const texts = streams.flatMap((stream) => [venue.subscribe([stream]), venue.unsubscribe([stream])]);
      expect(new Set(texts.map((one) => one.join('\n'))).size).toBe(texts.length);
    });

    it('of a new connection ask for its streams, by its path where opening it confirms them', () => {
      for (const stream of streams) {
        const { path, subscribe, confirmedByUrl } = venue.dial([stream]);
        const asked = confirmedByUrl ? path : [path, ...subscribe].join('\n');
        expect({ key: stream.key, isAsked: names(asked, stream.listing) }).toEqual({
          key: stream.key,
          isAsked: true,
        });
      }
    });
  });
}
