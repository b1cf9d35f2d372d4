import { readOptions } from '@concord/sources';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** `venues.coinbase.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Streams on one connection; a book's snapshot weighs up to 5 MB. */
  streamsPerConnection: z.int().min(1).max(300).default(90),
});
export type CoinbaseOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function coinbaseOptions(venue: VenueConfig): CoinbaseOptions {
  return readOptions('coinbase', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { coinbaseOptions as checkOptions };
