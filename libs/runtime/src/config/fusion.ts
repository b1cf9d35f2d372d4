import { KINDS } from '@concord/model';
import { z } from 'zod';
import {
  decimalText,
  intervalName,
  milliseconds,
  positiveDecimal,
  positiveMs,
  sourceName,
} from './scalars.ts';

export const STRATEGIES = ['consensus', 'priority', 'latest', 'weighted-average'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

const factor = z.int().min(1).max(1_000_000);

/** Parameters of the aggregator; defaults and meaning in `docs/methodology.md`, sections D and E. Percentages are of the price. */
const fusionParameters = z.strictObject({
  strategy: z.enum(STRATEGIES).default('consensus'),
  /** Members in order of priority; empty means every venue that lists the instrument, in its order. */
  members: z.array(sourceName).default([]),
  /** Fixed weights of `weighted-average` by source; a member without one weighs 1. */
  weights: z.record(sourceName, positiveDecimal).default({}),
  minimumSources: z.int().min(1).default(1),
  allowSingle: z.boolean().default(false),
  silentAfterMs: positiveMs.default(5_000),
  quoteMaximumAgeMs: positiveMs.default(30_000),
  tradeAgeFactor: factor.default(100),
  tradeMinimumAgeMs: positiveMs.default(10_000),
  tradeMaximumAgeMs: positiveMs.default(300_000),
  ageingMs: positiveMs.default(5_000),
  maximumConfidencePercent: positiveDecimal.default('2'),
  deviationPercent: positiveDecimal.default('1'),
  deviationHoldMs: milliseconds.default(30_000),
  dispersedPercent: positiveDecimal.default('1'),
  weightScale: factor.default(20),
  weightCapPercent: positiveDecimal.default('40'),
  heartbeatMs: positiveMs.default(1_000),
  emissionMs: positiveMs.default(100),
  moveBps: decimalText.default('0.5'),
  averageHalfLifeMs: positiveMs.default(3_600_000),
  barIntervals: z.array(intervalName).default(['1s', '1m', '5m', '15m', '1h', '4h', '1d']),
  barCloseMs: milliseconds.default(2_000),
  barRevisionMs: milliseconds.default(60_000),
});
export type FusionParameters = z.output<typeof fusionParameters>;

/** Some of the parameters, for one data type or one instrument; what is absent is inherited. */
export const fusionOverrides = z.strictObject({
  strategy: z.enum(STRATEGIES).optional(),
  members: z.array(sourceName).optional(),
  weights: z.record(sourceName, positiveDecimal).optional(),
  minimumSources: z.int().min(1).optional(),
  allowSingle: z.boolean().optional(),
  silentAfterMs: positiveMs.optional(),
  quoteMaximumAgeMs: positiveMs.optional(),
  tradeAgeFactor: factor.optional(),
  tradeMinimumAgeMs: positiveMs.optional(),
  tradeMaximumAgeMs: positiveMs.optional(),
  ageingMs: positiveMs.optional(),
  maximumConfidencePercent: positiveDecimal.optional(),
  deviationPercent: positiveDecimal.optional(),
  deviationHoldMs: milliseconds.optional(),
  dispersedPercent: positiveDecimal.optional(),
  weightScale: factor.optional(),
  weightCapPercent: positiveDecimal.optional(),
  heartbeatMs: positiveMs.optional(),
  emissionMs: positiveMs.optional(),
  moveBps: decimalText.optional(),
  averageHalfLifeMs: positiveMs.optional(),
  barIntervals: z.array(intervalName).optional(),
  barCloseMs: milliseconds.optional(),
  barRevisionMs: milliseconds.optional(),
});

/** The section `fusion`: parameters for all, and overrides by data type. */
export const fusionSection = fusionParameters.extend({
  kinds: z.partialRecord(z.enum(KINDS), fusionOverrides).default({}),
});
