import { expect, it } from 'vitest';
import { contiguousIds } from '@concord/sources';
import { REPEATED, SHIFTED, SWAPPED, type Fault } from './faults.ts';
import { markersOf, play, streamName, type Coverage, type Played } from './play.ts';
import type { Sample } from './samples.ts';
import type { SourceConformance } from './venue-conformance.ts';

interface Trial {
  readonly venue: SourceConformance;
  readonly sample: Sample;
  /** The same frames without a fault. */
  readonly sound: Played;
  readonly harmed: Played;
}

/** How often each code was given more often than without the fault. */
function addedCodes({ sound, harmed }: Trial): Record<string, number> {
  const counts = new Map<string, number>();
  for (const code of harmed.codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  for (const code of sound.codes) counts.set(code, (counts.get(code) ?? 0) - 1);
  return Object.fromEntries([...counts].filter(([, count]) => count !== 0));
}

/** What is covered of the target's stream beyond the sound run. */
function coverageChange({ sample: { record }, sound, harmed }: Trial): Partial<Coverage> {
  const stream = streamName(record.kind, record.record);
  const [before, after] = [sound.coverage[stream], harmed.coverage[stream]];
  const change = (name: keyof Coverage): number => (after?.[name] ?? NaN) - (before?.[name] ?? NaN);
  return {
    verified: change('verified'),
    unverifiable: change('unverifiable'),
    suspect: change('suspect'),
    missingIds: change('missingIds'),
  };
}

const UNCHANGED = { verified: 0, unverifiable: 0, suspect: 0, missingIds: 0 };

function expectRefused({ harmed }: Trial, code: string | null): void {
  expect(markersOf(harmed, 'refused').map((marker) => marker.code)).toEqual(code === null ? [] : [code]);
}

/** Gaps of exactly the target's ids, or none where ids have no arithmetic. */
function expectGap({ sample: { record }, harmed }: Trial, isGap: boolean, isFilled: boolean): void {
  const ids = contiguousIds(record.record);
  const { kind } = record;
  const { instrument } = record.record;
  const told = { kind, instrument, firstId: String(ids?.first), lastId: String(ids?.last) };
  const gaps = markersOf(harmed, 'gap');
  expect(gaps).toMatchObject(ids === undefined || !isGap ? [] : [told]);
  const filled = markersOf(harmed, 'repair').filter(({ outcome }) => outcome === 'filled');
  expect(filled).toMatchObject(ids === undefined || !isFilled ? [] : [told]);
}

function expectResyncs({ harmed }: Trial, count: number): void {
  expect(markersOf(harmed, 'resync')).toHaveLength(count);
}

function expectIntrusion(trial: Trial, fault: Fault): void {
  expectRefused(trial, fault.consequence(trial.sample, trial.venue).refused);
  expectGap(trial, false, false);
  expectResyncs(trial, 0);
  expect(trial.harmed.coverage).toEqual(trial.sound.coverage);
  expect(trial.harmed.records).toHaveLength(trial.sound.records.length);
  expect(addedCodes(trial)).toEqual({});
}

function expectLoss(trial: Trial, fault: Fault): void {
  const { sample, venue } = trial;
  const { refused, isOutOfNumber } = fault.consequence(sample, venue);
  const isNumberMissing = isOutOfNumber && venue.isNumbered === true;
  const isBookDamaged = sample.type.isBook === true && refused !== null && refused !== 'unknown-symbol';
  expectRefused(trial, refused);
  expectGap(trial, true, false);
  expectResyncs(trial, isNumberMissing ? sample.booksOpen : isBookDamaged ? 1 : 0);
  const ids = contiguousIds(sample.record.record);
  const change = coverageChange(trial);
  if (ids !== undefined) {
    const lost = ids.last - ids.first + 1;
    expect(change).toEqual({ ...UNCHANGED, verified: -lost, suspect: lost, missingIds: lost });
    expect(addedCodes(trial)).toEqual({ gap: 1 });
    return;
  }
  // Nothing that the venue sends tells of the loss: such records are counted as unverifiable, never as verified.
  if (sample.type.isBook === true) {
    expect({ ...change, unverifiable: 0 }).toEqual(UNCHANGED);
    expect(change.unverifiable).toBeLessThanOrEqual(0);
  } else expect(change).toEqual({ ...UNCHANGED, unverifiable: -1 });
  expect(addedCodes(trial)).toEqual({});
}

function expectRepetition(trial: Trial): void {
  const { sample, sound, harmed, venue } = trial;
  // What changes a book must not change it again once the book is further.
  expectRefused(trial, sample.type.isBook === true && venue.isNumbered === true ? 'repeated-frame' : null);
  expectGap(trial, false, false);
  expectResyncs(trial, 0);
  const more = harmed.records.length - sound.records.length;
  const isNumbered = sample.record.record.idKind !== 'NONE';
  const isContiguous = contiguousIds(sample.record.record) !== undefined;
  expect(coverageChange(trial)).toEqual({ ...UNCHANGED, unverifiable: isContiguous ? 0 : more });
  expect(addedCodes(trial)).toEqual(isNumbered && more > 0 ? { duplicate: more } : {});
}

function expectDisorder(trial: Trial): void {
  const { sample, venue } = trial;
  expectRefused(trial, null);
  expectGap(trial, true, true);
  expectResyncs(trial, venue.isNumbered === true ? sample.booksOpen : 0);
  if (sample.type.isBook === true) return; // the book begins anew
  const [{ record }, { record: next }] = [sample.record, sample.nextRecord];
  if (contiguousIds(record) !== undefined) {
    expect(coverageChange(trial)).toEqual({ ...UNCHANGED, suspect: 1 });
    expect(addedCodes(trial)).toEqual({ gap: 1, late: 1 });
    return;
  }
  expect(coverageChange(trial)).toEqual(UNCHANGED);
  const isEarlierWindow = 'start' in record && 'start' in next && record.start < next.start;
  const isEarlier = isEarlierWindow || (record.eventTime ?? 0) < (next.eventTime ?? 0);
  const isLate = record.idKind === 'UPDATE' || isEarlier;
  expect(addedCodes(trial)).toEqual(isLate ? { late: 1 } : {});
}

function expectShift(trial: Trial): void {
  expectRefused(trial, null);
  expectGap(trial, false, false);
  expectResyncs(trial, 0);
  expect(coverageChange(trial)).toEqual(UNCHANGED);
  const isContiguous = contiguousIds(trial.sample.record.record) !== undefined;
  expect(addedCodes(trial)).toEqual({ 'event-in-future': 1, ...(isContiguous ? { gap: 1 } : {}) });
}

/** The tests of one type of frame in one session: no fault, then each fault by name. What follows from a fault depends on the kind of the ids. */
export function faultTests(venue: SourceConformance, sample: Sample): void {
  const { session, type } = sample;
  const sound = play(venue, session);
  sound.catch(() => undefined); // told by the test that waits for it
  const trialOf = async (fault: Fault): Promise<Trial> => ({
    venue,
    sample,
    sound: await sound,
    harmed: await play(venue, { ...session, frames: fault.harm(sample, venue) }),
  });
  const test = (fault: Fault, says: string, judge: (trial: Trial, fault: Fault) => void): void => {
    it(`${fault.name}: ${says}`, async () => judge(await trialOf(fault), fault));
  };
  it(`no fault: every record of it has ids of kind ${type.ids}`, async () => {
    const own = (await sound).records.filter(({ kind }) => kind === type.kind);
    expect([...new Set(own.map(({ record }) => record.idKind))]).toEqual([type.ids]);
  });
  it('no fault: its ids follow each other where that is promised, so that no gap is told', async () => {
    expect(markersOf(await sound, 'gap')).toEqual([]);
  });
  for (const fault of venue.protocol.intruders) {
    const { refused } = fault.consequence(sample, venue);
    test(
      fault,
      `${refused === null ? 'a sign of life' : `${refused}, once`}; nothing is lost`,
      expectIntrusion,
    );
  }
  for (const fault of venue.protocol.damages) {
    const { refused } = fault.consequence(sample, venue);
    const told = refused === null ? '' : `${refused}, once; `;
    test(fault, `${told}its record is missing from what is covered, no other`, expectLoss);
  }
  test(
    REPEATED,
    'a duplicate to the rules where it has an id, and nothing is covered twice',
    expectRepetition,
  );
  test(SWAPPED, 'told where ids or times tell it, and nothing is missing in the end', expectDisorder);
  if (type.time !== null) test(SHIFTED, 'event-in-future, once', expectShift);
}
