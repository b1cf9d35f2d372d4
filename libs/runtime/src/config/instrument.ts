import { z } from 'zod';
import { decimalText, instant, instrumentId, positiveDecimal, sourceName } from './scalars.ts';
import { fusionOverrides } from './fusion.ts';
import { qualityOverrides } from './quality.ts';

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected YYYY-MM-DD');
const localTime = z.string().regex(/^\d{2}:\d{2}:\d{2}$/, 'expected HH:MM:SS');

const tickBand = z.strictObject({ from: decimalText.default('0'), tick: positiveDecimal });

/** Bands as a file gives them: where a price has no grid the key is left out, which the log states as an empty list. */
const givenBands = z
  .array(tickBand)
  .min(1, 'expected at least one band such as { tick: 0.01 }; leave the key out where there is none');

function listingOf(bands: z.ZodType<z.output<typeof tickBand>[]>) {
  return z.union([
    z.string().transform((symbol) => ({ symbol, market: null, tickBands: [], lot: null })),
    z.strictObject({
      symbol: z.string().min(1),
      market: z.string().nullable().default(null),
      tickBands: bands.default([]),
      lot: positiveDecimal.nullable().default(null),
    }),
  ]);
}

const calendar = z.strictObject({
  timezone: z.string(),
  phases: z.array(
    z.strictObject({
      days: z.array(z.int().min(1).max(7)),
      start: localTime,
      end: localTime,
      phase: z.enum(['PRE', 'AUCTION', 'CONTINUOUS', 'POST', 'HALT']),
    }),
  ),
  holidays: z.array(date).default([]),
  halfDays: z.array(z.strictObject({ date, close: localTime })).default([]),
});

/** `moment` is the form in which instants are written, `bands` that of tick bands. */
function fieldsOf(moment: z.ZodType<number>, bands: z.ZodType<z.output<typeof tickBand>[]>) {
  const split = z.strictObject({ effective: moment, numerator: z.int().min(1), denominator: z.int().min(1) });
  return z.strictObject({
    id: instrumentId,
    assetClass: z.enum(['CRYPTO', 'EQUITY', 'FX', 'FUTURE', 'OPTION', 'INDEX']).default('CRYPTO'),
    base: z.string().min(1),
    quote: z.string().min(1),
    currency: z.string().optional(),
    sizeUnit: z.string().optional(),
    partition: z.int().min(0),
    priceScale: z.int().min(0).max(10),
    tickBands: bands.default([]),
    lot: positiveDecimal.nullable().default(null),
    multiplier: positiveDecimal.default('1'),
    minimumPrice: decimalText.nullable().default(null),
    maximumPrice: decimalText.nullable().default(null),
    maximumSize: positiveDecimal.nullable().default(null),
    negativePrices: z.boolean().default(false),
    status: z.enum(['ACTIVE', 'HALTED', 'DELISTED']).default('ACTIVE'),
    expiry: moment.nullable().default(null),
    venues: z.record(sourceName, listingOf(bands)),
    calendar: calendar.nullable().default(null),
    splits: z.array(split).default([]),
    quality: qualityOverrides.optional(),
    fusion: fusionOverrides.optional(),
  });
}

function completed({ currency, sizeUnit, ...rest }: z.output<ReturnType<typeof fieldsOf>>) {
  return {
    ...rest,
    currency: currency ?? rest.quote,
    sizeUnit: sizeUnit ?? (rest.assetClass === 'EQUITY' ? 'SHARES' : rest.base),
  };
}

/**
 * Definition of one instrument as written in `concord.yaml`. Decimals stay text; times are milliseconds since 1970. `partition`
 * is given once and never changed: it decides where every record of the instrument lives.
 */
export const instrumentSchema = fieldsOf(instant, givenBands).transform(completed);

/** The same as it stands in the log: instants are milliseconds since 1970 there. */
export const loggedInstrument = fieldsOf(z.int(), z.array(tickBand)).transform(completed);

export type InstrumentDefinition = z.output<typeof instrumentSchema>;
export type VenueListingDefinition = InstrumentDefinition['venues'][string];
