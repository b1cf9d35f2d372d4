import { readOptions } from '@concord/sources';
import { INTERVAL_NAMES, type Interval } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { z } from 'zod';

/** How OKX writes the lengths of its bars. Days begin at midnight in Hong Kong unless `utc` is said; four hours divide both. */
export const BAR_NAMES: Readonly<Record<Interval, string>> = {
  '1s': '1s',
  '1m': '1m',
  '5m': '5m',
  '15m': '15m',
  '1h': '1H',
  '4h': '4H',
  '1d': '1Dutc',
};

/** `venues.okx.options` in `concord.yaml`. */
const optionsSchema = z.strictObject({
  /** Which trade channel: the fills of one order at one price merged into one message, or one message a fill. */
  tradeChannel: z
    .enum(['trades', 'trades-all'], { error: 'expected "trades" or "trades-all"' })
    .default('trades'),
  /** Which channel the quotes come from: every change of the best bid and ask (10 ms), or the ticker (100 ms). */
  quoteChannel: z
    .enum(['bbo-tbt', 'tickers'], { error: 'expected "bbo-tbt" or "tickers"' })
    .default('bbo-tbt'),
  /** Length of the bars. */
  barInterval: z.enum(INTERVAL_NAMES, { error: `expected one of ${INTERVAL_NAMES.join(' ')}` }).default('1m'),
  /** The streams of a connection are asked for in one message, of which the venue takes 64 KB. */
  streamsPerConnection: z.int().min(1).max(500).default(100),
});
export type OkxOptions = z.output<typeof optionsSchema>;

/** Throws `BadOptions`. */
export function okxOptions(venue: VenueConfig): OkxOptions {
  return readOptions('okx', optionsSchema, venue);
}

/** By this name `concord config --check` and every start find it. */
export { okxOptions as checkOptions };
