import { INTERVAL_NAMES, type Interval } from '@concord/model';
import { z } from 'zod';
import { integer, integerOrNull, micros, microsOrNull } from '../snapshot-text.ts';
import type { TapeRules } from './tape-rules.ts';
import { Tape, type IsSilent, type Window } from './tape.ts';
import type { Mark } from './totals.ts';

const interval = z.enum(INTERVAL_NAMES as [Interval, ...Interval[]]);
/**
 * Rows instead of objects: a busy instrument keeps some sixty windows, and a snapshot of all instruments is written every few
 * seconds. Their columns are those of the functions below, in the same order.
 */
const mark = z
  .tuple([micros, z.string().nullable(), z.int(), z.int(), integer])
  .transform(([time, id, position, order, price]): Mark => ({ key: { time, id, position }, order, price }))
  .nullable();

const ofSource = z
  .tuple([z.string(), integer, z.int(), integer])
  .transform(([source, volume, trades, excluded]) => [source, { volume, trades, excluded }] as const);

const window = z
  .tuple([
    micros,
    z.boolean(),
    z.int(),
    microsOrNull,
    microsOrNull,
    mark,
    mark,
    ...[integerOrNull, integerOrNull, integer, integer, z.int(), integer, integer, integer],
    z.array(ofSource),
  ] as const)
  .transform(([start, closed, revision, reviseAt, trigger, first, last, high, low, ...sums]): Window => {
    const [volume, notional, trades, buyVolume, sellVolume, excludedVolume, sources] = sums;
    const added = { volume, notional, trades, buyVolume, sellVolume, excludedVolume };
    const totals = { first, last, high, low, ...added, sources: new Map(sources) };
    return { start, totals, closed, revision, reviseAt, trigger };
  });

function markRow(given: Mark | null): unknown {
  if (given === null) return null;
  const { key, order, price } = given;
  return [key.time, key.id, key.position, order, price];
}

function windowRow({ start, closed, revision, reviseAt, trigger, totals }: Window): unknown {
  const { first, last, high, low, volume, notional, trades, buyVolume, sellVolume, excludedVolume } = totals;
  return [
    ...[start, closed, revision, reviseAt, trigger, markRow(first), markRow(last), high, low],
    ...[volume, notional, trades, buyVolume, sellVolume, excludedVolume],
    [...totals.sources].map(([source, sum]) => [source, sum.volume, sum.trades, sum.excluded]),
  ];
}

/** Shape of an instrument's tape in a snapshot. */
export const tapeSnapshot = z.object({
  now: micros,
  coveredFrom: micros,
  levels: z.array(z.object({ interval, windows: z.array(window) })),
  holes: z.array(z.object({ source: z.string(), from: micros, to: micros, ids: z.string().nullable() })),
  sequences: z.array(z.tuple([interval, z.int()])),
  lastTimes: z.array(z.tuple([z.string(), micros])),
  lastIds: z.array(z.tuple([z.string(), z.string()])).default([]),
});

/** For `snapshotText`; everything but the rules. */
export function tapeToSnapshot(tape: Tape): unknown {
  const { now, coveredFrom } = tape;
  return {
    now,
    coveredFrom,
    levels: tape.levels.map(({ interval, windows }) => ({
      interval,
      windows: [...windows.values()].map(windowRow),
    })),
    holes: tape.holes.list,
    sequences: [...tape.sequences],
    lastTimes: [...tape.lastTimes],
    lastIds: [...tape.lastIds],
  };
}

export function tapeFromSnapshot(
  snapshot: z.output<typeof tapeSnapshot>,
  rules: TapeRules,
  isSilent: IsSilent,
): Tape {
  const tape = new Tape(rules, isSilent, snapshot.now);
  tape.coveredFrom = snapshot.coveredFrom;
  tape.levels = snapshot.levels.map((level) => ({
    interval: level.interval,
    windows: new Map(level.windows.map((kept) => [kept.start, kept])),
  }));
  tape.holes.list.push(...snapshot.holes);
  for (const [interval, sequence] of snapshot.sequences) tape.sequences.set(interval, sequence);
  for (const [source, id] of snapshot.lastIds) tape.lastIds.set(source, id);
  for (const [source, time] of snapshot.lastTimes) tape.lastTimes.set(source, time);
  return tape;
}
