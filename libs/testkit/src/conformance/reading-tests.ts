import { describe, expect, it } from 'vitest';
import { indistinct, statedBy, toldBy, unstated } from './reading.ts';
import { readSession, writtenSession } from './samples.ts';
import type { FrameType, SourceConformance, WrittenSession } from './venue-conformance.ts';

/** What is written of a type is enough to show a wrong side, and a number in place of another. */
export function distinctnessTest({ source, written, typeOf }: SourceConformance, { name }: FrameType): void {
  it(`${source} × ${name} stands in written frames that would show a wrong side, or one number in place of another`, () => {
    const own = written.flatMap(({ frames }) => frames.filter(({ frame }) => typeOf(frame) === name));
    expect(indistinct(own.flatMap(({ tells }) => tells))).toEqual([]);
  });
}

/** The parser tells of each written frame what a person reads from it: no record more or less, and no field otherwise. */
export function readingTests(venue: SourceConformance, written: WrittenSession): void {
  describe(`${venue.source} × ${written.name}`, () => {
    const readings = written.frames.flatMap(({ tells }) => tells);

    it('states of each record its kind, symbol, id, time, side and numbers', () => {
      expect(
        readings.flatMap((reading) => unstated(reading).map((name) => ({ ...reading, unstated: name }))),
      ).toEqual([]);
    });

    it('tells of each frame the records that a person reads from it: kind, ids, side, numbers, times', () => {
      const reads = readSession(venue, writtenSession(written));
      const told = reads.map(({ frame, records }) => ({ frame: frame.data, tells: records.map(toldBy) }));
      expect(told).toEqual(
        written.frames.map(({ frame, tells }) => ({ frame, tells: tells.map((one) => statedBy(one)) })),
      );
    });
  });
}
