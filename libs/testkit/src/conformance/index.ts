import { describe, expect, it } from 'vitest';
import { RECORDINGS_PRESENT } from '../recordings.ts';
import { answerTests } from './answer-tests.ts';
import { faultTests } from './fault-tests.ts';
import { mutationTests } from './mutation-tests.ts';
import { recordingTests } from './recording-tests.ts';
import { pastTests } from './past-tests.ts';
import { distinctnessTest, exactnessTest, readingTests } from './reading-tests.ts';
import { requestTests } from './request-tests.ts';
import { recordedSessions, sampleOf, writtenSession } from './samples.ts';
import { sourceOf } from './stage.ts';
import type { SourceConformance, VenueConformance } from './venue-conformance.ts';

export { parseRecording } from './recording-tests.ts';
export { damage, DROPPED, FIELD_DAMAGES, intruder, LARGE_BYTES } from './faults.ts';
export type { OpenSource, Stage } from './stage.ts';
export type { PastRow, PlacedRow, WrittenPast } from './past.ts';
export type { BarReading, QuoteReading, Reading, TradeReading } from './reading.ts';
export type {
  AnswerReading,
  FrameType,
  Protocol,
  SourceConformance,
  VenueConformance,
  WrittenAnswer,
  WrittenFrame,
  WrittenSession,
} from './venue-conformance.ts';

/** The tests that every venue of JSON text over WebSocket passes: those of `conformanceOfSource`, of what is asked of it, of what it says beside records, and of the past that its REST answers tell. */
export function conformanceOfVenue(venue: VenueConformance): void {
  const source = sourceOf(venue);
  conformanceOfSource(source);
  for (const type of venue.types) exactnessTest(source, type);
  requestTests(venue);
  answerTests(venue);
  it(`${venue.source} × pasts are stated, if none then as an empty list`, () => {
    expect(venue.pasts).toBeInstanceOf(Array);
  });
  for (const past of venue.pasts ?? []) {
    const ids = venue.types.filter(({ kind }) => kind === past.kind).map((type) => type.ids);
    pastTests(venue.source, past, ids);
  }
}

/**
 * The tests that every source passes whose frames can be written as text. Of each recording: every frame is accepted and tells what the oracle says. Of each
 * written frame: it tells what a person reads from it. Of each type of frame, in written and recorded sessions: every fault is found exactly once, by its code, and takes from what is covered no more than
 * it destroyed. Of mutated frames: the parser neither throws nor invents.
 */
export function conformanceOfSource(venue: SourceConformance): void {
  for (const recording of venue.recordings) recordingTests(venue, recording);
  const written = venue.written.map(writtenSession);
  for (const session of venue.written) readingTests(venue, session);
  const recorded = RECORDINGS_PRESENT
    ? venue.recordings.flatMap((recording) => [...recordedSessions(recording).values()])
    : [];
  const sessions = [...written, ...recorded];
  for (const type of venue.types) {
    const samples = sessions.flatMap((session) => sampleOf(venue, type, session) ?? []);
    for (const sample of samples) {
      describe(`${venue.source} × ${type.name}, ${sample.session.name} ×`, () => {
        faultTests(venue, sample);
      });
    }
    distinctnessTest(venue, type);
    it(`${venue.source} × ${type.name} stands in written frames, four live ones for one instrument`, () => {
      expect(written.some((session) => sampleOf(venue, type, session) !== undefined)).toBe(true);
    });
  }
  describe(`${venue.source} × mutated frames`, () => {
    mutationTests(venue, sessions);
  });
}
