import { formatFixed, isInterval, parseFixed, type Interval } from '@concord/model';
import { z } from 'zod';

/** A decimal written as a number or as text; kept as canonical text so that nothing is rounded on the way. */
export const decimalText = z
  .union([z.string(), z.number()], { error: 'expected a decimal such as 0.01' })
  .transform((value, context) => {
    const fixed = parseFixed(String(value));
    if (fixed !== undefined) return formatFixed(fixed);
    context.addIssue({ code: 'custom', message: 'expected a decimal with at most 12 places, e.g. "0.01"' });
    return z.NEVER;
  });

/** A decimal above zero. */
export const positiveDecimal = decimalText.refine(
  (text) => !text.startsWith('-') && text !== '0',
  'expected a decimal above 0',
);

/** The longest duration, a year of 365 days: added to any time of this century it stays an exact number of microseconds. */
export const DURATION_MS_MAX = 31_536_000_000;

export const milliseconds = z.int().min(0).max(DURATION_MS_MAX);
export const positiveMs = z.int().min(1).max(DURATION_MS_MAX);

export const intervalName = z.string().transform((text, context): Interval => {
  if (isInterval(text)) return text;
  context.addIssue({ code: 'custom', message: 'expected one of 1s 1m 5m 15m 1h 4h 1d' });
  return z.NEVER;
});

/** An instant as RFC 3339 text; milliseconds since 1970 after parsing. */
export const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant such as "2026-01-31T12:00:00Z"' })
  .transform((text) => Date.parse(text));

/** Names that go into topic keys, metrics and file names. */
export const sourceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a lower-case name such as "my-venue"');
export const instrumentId = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9.:_-]{0,63}$/, 'expected a canonical id such as "BTC-USDT" or "AAPL.US"');
