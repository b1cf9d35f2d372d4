import { KINDS } from '@concord/model';
import { z } from 'zod';
import { milliseconds, positiveMs } from './scalars.ts';

/** Parameters of the validator's rules; defaults and meaning in `docs/methodology.md`, sections A to C. */
const shape = {
  /** Rule 4: how far eventTime may lie ahead of receiveTime. */
  futureToleranceMs: milliseconds.default(5_000),
  /** Rule 4: how far eventTime may lie behind receiveTime while LIVE. */
  liveMaximumAgeMs: positiveMs.default(86_400_000),
  /** Rule 4: receiveTime ahead of the record's log timestamp by more than this is noted. */
  clockAheadMs: milliseconds.default(1_000),
  /** Rule 5: how many separate id intervals, or ids without arithmetic, are remembered per source, instrument and id kind. */
  rememberedIds: z.int().min(16).max(1_000_000).default(4_096),
  /** Length of a quality report's window. */
  reportMs: positiveMs.default(60_000),
};

const qualityParameters = z.strictObject(shape);
export type QualityParameters = z.output<typeof qualityParameters>;

/** Some of the parameters, for one data type or one instrument; what is absent is inherited. */
export const qualityOverrides = z.strictObject({
  futureToleranceMs: milliseconds.optional(),
  liveMaximumAgeMs: positiveMs.optional(),
  clockAheadMs: milliseconds.optional(),
  rememberedIds: z.int().min(16).max(1_000_000).optional(),
  reportMs: positiveMs.optional(),
});

/** The section `quality`: parameters for all, and overrides by data type. */
export const qualitySection = qualityParameters.extend({
  kinds: z.partialRecord(z.enum(KINDS), qualityOverrides).default({}),
});
