import { readOptions } from '@concord/sources';
import type { Interval } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** Lengths of the bars that Bybit offers, with its names of them. */
export const INTERVAL_CODES = {
  '1m': '1',
  '5m': '5',
  '15m': '15',
  '1h': '60',
  '4h': '240',
  '1d': 'D',
} as const satisfies Partial<Record<Interval, string>>;
export type BarInterval = keyof typeof INTERVAL_CODES;

export const BAR_INTERVALS = Object.keys(INTERVAL_CODES) as BarInterval[];

export function isBarInterval(interval: Interval): interval is BarInterval {
  return Object.hasOwn(INTERVAL_CODES, interval);
}

/** `venues.bybit.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Which market: spot, or perpetuals and futures settled in USDT and USDC. */
  category: z.enum(['spot', 'linear'], { error: 'expected "spot" or "linear"' }).default('spot'),
  /** Length of the bars. */
  barInterval: z.enum(BAR_INTERVALS, { error: `expected one of ${BAR_INTERVALS.join(' ')}` }).default('1m'),
  /** The venue takes names of 21,000 characters in all, which 500 stay well below. */
  streamsPerConnection: z.int().min(1).max(500).default(150),
});
export type BybitOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function bybitOptions(venue: VenueConfig): BybitOptions {
  return readOptions('bybit', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { bybitOptions as checkOptions };
