import { readOptions } from '@concord/sources';
import type { Interval } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** Lengths of the bars that are kept up to date live. Longer ones start with the session, not with the UTC day. */
export const BAR_INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const satisfies readonly Interval[];

export type BarInterval = (typeof BAR_INTERVALS)[number];

/** `venues.ib.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** First of the client ids that are tried: one in use by another client is left to it. */
  clientId: z.int().min(0).max(1_000_000).default(40),
  /** The account that must be logged in; any where absent. */
  account: z.string().min(1).optional(),
  /** Lines for tick-by-tick data, given to the first instruments; the trades of the others are sampled. */
  tickByTickLines: z.int().min(0).max(100).default(5),
  /** Whether quotes come tick by tick as well, while lines are free: every change instead of some four a second. */
  tickByTickQuotes: z.boolean().default(false),
  /** Concurrent lines of sampled market data that the account has. */
  marketDataLines: z.int().min(1).max(1_000).default(100),
  /** Whether data delayed by 15 to 20 minutes, marked as such, are taken where live ones are not subscribed. */
  delayedData: z.boolean().default(true),
  /** Length of the bars. */
  barInterval: z.enum(BAR_INTERVALS, { error: `expected one of ${BAR_INTERVALS.join(' ')}` }).default('1m'),
  /** Whether only data of regular trading hours are asked for. */
  regularHoursOnly: z.boolean().default(false),
});
export type IbOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function ibOptions(venue: VenueConfig): IbOptions {
  return readOptions('ib', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { ibOptions as checkOptions };
