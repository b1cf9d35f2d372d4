import { readOptions } from '@concord/sources';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;

/** `venues.kraken.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Length of the bars. */
  barInterval: z.enum(INTERVALS, { error: `expected one of ${INTERVALS.join(' ')}` }).default('1m'),
  symbolsPerConnection: z.int().min(1).max(500).default(100),
});
export type KrakenOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function krakenOptions(venue: VenueConfig): KrakenOptions {
  return readOptions('kraken', optionsSchema, venue);
}
