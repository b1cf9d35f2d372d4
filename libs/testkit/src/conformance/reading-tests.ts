import { parseFixed } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { recordsOf } from './play.ts';
import { indistinct, statedBy, toldBy, unstated } from './reading.ts';
import { readSession, sampleOf, writtenSession } from './samples.ts';
import type { FrameType, SourceConformance, WrittenSession } from './venue-conformance.ts';

/** What is written of a type is enough to show a wrong side, and a number in place of another. */
export function distinctnessTest({ source, written, typeOf }: SourceConformance, { name }: FrameType): void {
  it(`${source} × ${name} stands in written frames that would show a wrong side, or one number in place of another`, () => {
    const own = written.flatMap(({ frames }) => frames.filter(({ frame }) => typeOf(frame) === name));
    expect(indistinct(own.flatMap(({ tells }) => tells))).toEqual([]);
  });
}

/** Prices of 17 digits and more, which no double holds: one above all that is written, and one just above what stands in the frame, since a book may hold no other. */
function longPrices(written: string): string[] {
  const [whole = '', places = ''] = written.split('.');
  const near = `${whole}.${places.padEnd(11, '0')}1`;
  return ['98765432.123456789012', ...(near.replace(/^0*\.?0*|\./g, '').length < 17 ? [] : [near])];
}

/** A number is told as it stands in the frame, however long it is. */
export function exactnessTest(venue: SourceConformance, type: FrameType): void {
  it(`${venue.source} × ${type.name} tells a price of twenty digits as it stands there`, () => {
    const samples = venue.written.flatMap((one) => sampleOf(venue, type, writtenSession(one)) ?? []);
    const told = samples.flatMap(({ session, target }) => {
      const [before, [harmed]] = [session.frames.slice(0, target), session.frames.slice(target)];
      const sound = String(harmed?.data);
      return longPrices(type.number.exec(sound)?.[0] ?? '').filter((price) => {
        const parser = venue.protocol.createParser(session.symbols);
        for (const { data, receiveTime } of before) parser.parse(String(data), receiveTime);
        const parsed = parser.parse(sound.replace(type.number, price), harmed?.receiveTime ?? 0);
        return recordsOf(parsed).some(({ record }) => Object.values(record).includes(parseFixed(price)));
      });
    });
    expect(told.length, `prices of 17 digits and more in place of ${type.number}`).toBeGreaterThan(0);
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
