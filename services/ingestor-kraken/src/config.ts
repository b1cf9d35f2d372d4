import { readOptions } from '@concord/sources';
import { INTERVALS, type Interval } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** Lengths of the bars that Kraken offers. */
export const BAR_INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const satisfies readonly Interval[];

export function isBarInterval(interval: Interval): boolean {
  return (BAR_INTERVALS as readonly Interval[]).includes(interval);
}

/** The length of a bar in minutes, as Kraken writes it. */
export function minutesOf(interval: Interval): number {
  return INTERVALS[interval] / INTERVALS['1m'];
}

/** `venues.kraken.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Length of the bars. */
  barInterval: z.enum(BAR_INTERVALS, { error: `expected one of ${BAR_INTERVALS.join(' ')}` }).default('1m'),
  /** Streams on one connection. */
  streamsPerConnection: z.int().min(1).max(1_500).default(300),
});
export type KrakenOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function krakenOptions(venue: VenueConfig): KrakenOptions {
  return readOptions('kraken', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { krakenOptions as checkOptions };
