import type { Kind } from '@concord/model';
import type { ParsedFrame } from '@concord/sources';
import { describe, expect, it } from 'vitest';
import { testListing } from '../parsing.ts';
import { recordsOf } from './play.ts';
import { sourceOf } from './stage.ts';
import type { AnswerReading, VenueConformance, WrittenStream } from './venue-conformance.ts';

/** What comes of a frame that carries no record, with streams by their keys. */
interface Told {
  readonly confirms: readonly string[];
  /** null where it tells of no error. */
  readonly rejects: readonly string[] | null;
  readonly isHeartbeat: boolean;
  readonly isClosing: boolean;
  readonly records: number;
  readonly refusals: readonly string[];
}

function toldBy(parsed: ParsedFrame): Told {
  const { acks, errors, heartbeat, closing, refusals } = parsed;
  return {
    confirms: [...acks].sort(),
    rejects: errors.length === 0 ? null : errors.flatMap(({ keys }) => keys).sort(),
    isHeartbeat: heartbeat,
    isClosing: closing !== null,
    records: recordsOf(parsed).length,
    refusals: refusals.map(({ message }) => message),
  };
}

function keysOf({ source, createVenue }: VenueConformance, kind: Kind, symbol: string): string[] {
  return createVenue()
    .streamsOf(testListing(source, symbol), [kind])
    .map(({ key }) => key);
}

function statedBy(venue: VenueConformance, reading: AnswerReading): Told {
  const named = (streams: readonly WrittenStream[]): string[] =>
    streams.flatMap(([kind, symbol]) => keysOf(venue, kind, symbol)).sort();
  const { confirms = [], rejects = null, isHeartbeat = false, isClosing = false } = reading;
  return {
    confirms: named(confirms),
    rejects: rejects === null ? null : named(rejects),
    ...{ isHeartbeat, isClosing, records: 0, refusals: [] },
  };
}

/** The parser tells of each answer what a person reads from it: which streams are confirmed or rejected, that the venue lives, that it will close. */
export function answerTests(venue: VenueConformance): void {
  describe(`${venue.source} × answers`, () => {
    it('are stated, an error among them', () => {
      expect(venue.answers.some(({ says: { rejects = null } }) => rejects !== null)).toBe(true);
    });

    it.each(venue.answers)('say what a person reads from them: $frame', ({ frame, says }) => {
      const symbols = venue.written.flatMap((session) => session.symbols);
      const parser = sourceOf(venue).protocol.createParser([...new Set(symbols)]);
      expect(toldBy(parser.parse(frame, 0))).toEqual(statedBy(venue, says));
    });
  });
}
