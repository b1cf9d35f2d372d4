import { readOptions } from '@concord/sources';
import { INTERVAL_NAMES } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** `venues.binance.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Which trade stream: aggregated (one message for the fills of one order at one price) or one message a trade. */
  tradeStream: z.enum(['aggTrade', 'trade'], { error: 'expected "aggTrade" or "trade"' }).default('aggTrade'),
  /** Length of the bars. */
  barInterval: z.enum(INTERVAL_NAMES, { error: `expected one of ${INTERVAL_NAMES.join(' ')}` }).default('1m'),
  /** Unit of the venue's times. */
  timeUnit: z
    .enum(['millisecond', 'microsecond'], { error: 'expected "millisecond" or "microsecond"' })
    .default('millisecond'),
  /** The venue takes 1,024; fewer keep the URL short, since the streams stand in it. */
  streamsPerConnection: z.int().min(1).max(1_024).default(200),
});
export type BinanceOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function binanceOptions(venue: VenueConfig): BinanceOptions {
  return readOptions('binance', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { binanceOptions as checkOptions };
