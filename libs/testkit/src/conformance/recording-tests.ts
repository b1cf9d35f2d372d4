import type { RawTrade } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { joined } from '../parsing.ts';
import { findOracle, RECORDINGS_PRESENT, type PartOfOracle, type TradeOracle } from '../recordings.ts';
import { comparableOracle, tallyTrades } from '../tally.ts';
import { markersOf, play } from './play.ts';
import { readSession, recordedSessions, type Read } from './samples.ts';
import { sourceOf } from './stage.ts';
import type { Recording, SourceConformance, VenueConformance } from './venue-conformance.ts';

type Parsed = ReturnType<typeof joined>;

/** What the venue's parser says of a recording, connection by connection. */
export function parseRecording(venue: VenueConformance, recording: Recording): Map<string, Parsed> {
  return parsedRecording(sourceOf(venue), recording);
}

function parsedRecording(venue: SourceConformance, recording: Recording): Map<string, Parsed> {
  return new Map(
    [...recordedSessions(recording)].map(([connection, session]) => [
      connection,
      joined(readSession(venue, session).map(({ parsed }) => parsed)),
    ]),
  );
}

function readsOf(venue: SourceConformance, recording: Recording): Read[] {
  return [...recordedSessions(recording).values()].flatMap((session) => readSession(venue, session));
}

/** Each frame of the type was accepted by a parser that had read all that came before it. Tells how many there are. */
function expectAccepted(venue: SourceConformance, recording: Recording, type: string): number {
  const own = readsOf(venue, recording).filter((read) => read.type === type);
  for (const { parsed, frame } of own) {
    const { refusals, errors, resyncs, closing } = parsed;
    expect([refusals, errors, resyncs, closing], String(frame.data).slice(0, 500)).toEqual([
      [],
      [],
      [],
      null,
    ]);
  }
  return own.length;
}

function countsByType(venue: SourceConformance, recording: Recording): Record<string, number> {
  const byType = Map.groupBy(readsOf(venue, recording), ({ type }) => type);
  return Object.fromEntries([...byType].map(([type, reads]) => [type, reads.length]));
}

function tallied(venue: SourceConformance, recording: Recording): Record<string, Partial<TradeOracle>> {
  const { oracleSymbol, oracleHasNoSnapshots = false, idsAreOpaque = false } = recording;
  const trades = [...parsedRecording(venue, recording)].flatMap(([connection, parsed]) =>
    parsed.trades.map((trade): RawTrade => ({
      ...trade,
      venueSymbol: oracleSymbol?.(trade, connection) ?? trade.venueSymbol,
    })),
  );
  return Object.fromEntries(
    Object.entries(tallyTrades(trades)).map(([symbol, tally]) => [
      symbol,
      {
        ...tally,
        ...(oracleHasNoSnapshots ? { live: tally.count, snapshot: 0 } : {}),
        ...(idsAreOpaque ? { first_id: 0, last_id: 0 } : {}),
      },
    ]),
  );
}

function expected(
  oracle: PartOfOracle,
  { idsAreOpaque = false }: Recording,
): Record<string, Partial<TradeOracle>> {
  return Object.fromEntries(
    Object.entries(comparableOracle(oracle.trades ?? {})).map(([symbol, tally]) => [
      symbol,
      idsAreOpaque ? { ...tally, first_id: 0, last_id: 0 } : tally,
    ]),
  );
}

/** Quotes are counted by symbol, and their books' numbers and last prices compared; bars as they are and as they close. */
function expectCounts(venue: SourceConformance, recording: Recording, oracle: PartOfOracle): void {
  const parsed = [...parsedRecording(venue, recording).values()];
  if (recording.oracleTells?.includes('quotes') === true) {
    const bySymbol = Map.groupBy(
      parsed.flatMap(({ quotes }) => quotes),
      ({ venueSymbol }) => venueSymbol,
    );
    const told = [...bySymbol].map(([symbol, quotes]) => {
      const ids = [quotes[0]?.firstId, quotes.at(-1)?.lastId];
      const crossed = quotes.filter(({ bid, ask }) => (bid ?? 0n) > (ask ?? 0n)).length;
      return [
        symbol,
        { count: quotes.length, crossed, ids: oracle.quotes?.[symbol]?.first_u === undefined ? [] : ids },
      ];
    });
    const wanted = Object.entries(oracle.quotes ?? {}).map(
      ([symbol, { count, crossed, first_u: first, last_u: last }]) => [
        symbol,
        { count, crossed, ids: first === undefined ? [] : [String(first), String(last)] },
      ],
    );
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wanted));
  }
  if (recording.oracleTells?.includes('bars') === true) {
    const bars = parsed.flatMap((one) => one.bars);
    expect([bars.length, bars.filter(({ final }) => final).length]).toEqual([
      oracle.klines?.messages,
      oracle.klines?.closed,
    ]);
  }
}

/** Every frame of a recording is accepted, and what comes of it is what the oracle says. */
export function recordingTests(venue: SourceConformance, recording: Recording): void {
  const { path } = recording;
  describe.skipIf(!RECORDINGS_PRESENT)(`${venue.source} × ${path} (../shared/realdata)`, () => {
    const oracle = RECORDINGS_PRESENT ? findOracle(path) : undefined;
    const counts = RECORDINGS_PRESENT ? countsByType(venue, recording) : {};
    for (const [type, count] of Object.entries(counts)) {
      it(`accepts each of its ${count} frames ${type === '' ? 'without a type' : `of type ${type}`}`, () => {
        expect(expectAccepted(venue, recording, type)).toBe(count);
      });
    }

    it('holds the frames that the oracle counts, type by type', () => {
      if (oracle !== undefined) expect(counts).toEqual(oracle.channels);
    });

    it('tells the trades of the oracle: counts, ids, taker sides, exact sums, times', () => {
      if (oracle !== undefined) expect(tallied(venue, recording)).toEqual(expected(oracle, recording));
    });

    it('tells the quotes and bars that the oracle counts', () => {
      if (oracle !== undefined) expectCounts(venue, recording, oracle);
    });

    it('numbers the records of each session 1, 2, 3, … whatever their kind', () => {
      for (const { trades, quotes, bars } of parsedRecording(venue, recording).values()) {
        const ordinals = [...trades, ...quotes, ...bars].map(({ ordinal }) => ordinal).sort((a, b) => a - b);
        expect(ordinals).toEqual(ordinals.map((_, index) => index + 1));
      }
    });

    it('raises no alarm as a whole: no refusal, gap or resync, no code of the rules, nothing missing', async () => {
      for (const session of recordedSessions(recording).values()) {
        const played = await play(venue, session);
        expect(markersOf(played, 'refused')).toEqual([]);
        expect(markersOf(played, 'gap')).toEqual([]);
        expect(markersOf(played, 'resync')).toEqual([]);
        expect(played.codes).toEqual([]);
        const streams = Object.values(played.coverage);
        expect(streams.filter(({ suspect, missingIds }) => suspect + missingIds > 0)).toEqual([]);
        const covered = streams.reduce((sum, { verified, unverifiable }) => sum + verified + unverifiable, 0);
        expect(covered).toBe(played.records.length);
      }
    });
  });
}
