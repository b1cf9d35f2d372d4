import { INTERVAL_NAMES, type Interval } from '@concord/model';
import { z } from 'zod';
import { eventKeyShape, integer, integerOrNull, micros, microsOrNull } from '../snapshot-text.ts';
import type { TapeRules } from './tape-rules.ts';
import { Tape, type IsSilent } from './tape.ts';

const interval = z.enum(INTERVAL_NAMES as [Interval, ...Interval[]]);
const mark = z.object({ key: eventKeyShape, order: z.int(), price: integer }).nullable();
const ofSource = z.object({ volume: integer, trades: z.int(), excluded: integer });

const totals = z.object({
  first: mark,
  last: mark,
  high: integerOrNull,
  low: integerOrNull,
  volume: integer,
  notional: integer,
  trades: z.int(),
  buyVolume: integer,
  sellVolume: integer,
  excludedVolume: integer,
  sources: z.array(z.tuple([z.string(), ofSource])).transform((entries) => new Map(entries)),
});

const window = z.object({
  start: micros,
  totals,
  closed: z.boolean(),
  revision: z.int(),
  reviseAt: microsOrNull,
  trigger: microsOrNull,
});

/** Shape of an instrument's tape in a snapshot. */
export const tapeSnapshot = z.object({
  now: micros,
  coveredFrom: micros,
  levels: z.array(z.object({ interval, windows: z.array(window) })),
  holes: z.array(z.object({ source: z.string(), from: micros, to: micros, ids: z.string().nullable() })),
  sequences: z.array(z.tuple([interval, z.int()])),
  lastTimes: z.array(z.tuple([z.string(), micros])),
});

/** For `snapshotText`; everything but the rules. */
export function tapeToSnapshot(tape: Tape): unknown {
  const { now, coveredFrom } = tape;
  return {
    now,
    coveredFrom,
    levels: tape.levels.map(({ interval, windows }) => ({
      interval,
      windows: [...windows.values()].map((kept) => ({
        ...kept,
        totals: { ...kept.totals, sources: [...kept.totals.sources] },
      })),
    })),
    holes: tape.holes.list,
    sequences: [...tape.sequences],
    lastTimes: [...tape.lastTimes],
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
  for (const [source, time] of snapshot.lastTimes) tape.lastTimes.set(source, time);
  return tape;
}
