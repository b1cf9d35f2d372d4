import { readOptions } from '@concord/sources';
import type { Interval } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** Lengths of the bars that the venue offers. */
export const BAR_INTERVALS = ['1m', '1h', '1d'] as const satisfies readonly Interval[];

export function isBarInterval(interval: unknown): interval is (typeof BAR_INTERVALS)[number] {
  return (BAR_INTERVALS as readonly unknown[]).includes(interval);
}

/** `venues.example.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Length of the bars. */
  barInterval: z.enum(BAR_INTERVALS, { error: `expected one of ${BAR_INTERVALS.join(' ')}` }).default('1m'),
  /** Streams on one connection. */
  streamsPerConnection: z.int().min(1).max(1_000).default(100),
});
export type ExampleOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function exampleOptions(venue: VenueConfig): ExampleOptions {
  return readOptions('example', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { exampleOptions as checkOptions };
