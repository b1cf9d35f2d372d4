import type { ConfigMarker } from '@concord/codec';
import { ConfigurationError } from '@concord/fusion';
import { ConcordError, INTERVAL_NAMES, KINDS, parseFixed } from '@concord/model';
import { fusionFor, RULES_VERSION, STRATEGIES, type PipelineConfiguration } from '@concord/runtime';
import { z } from 'zod';

/** Versions of the rules that this program carries; which one is in force is read from the log. */
const RULES_CARRIED: readonly number[] = [RULES_VERSION];

const decimal = z.string().refine((text) => parseFixed(text) !== undefined, 'expected a decimal');
const tickBands = z.array(z.looseObject({ from: decimal, tick: decimal }));
const positive = z.int().min(1);

/** What the aggregator reads of a configuration in the log; other parts are other stages'. */
const contentSchema = z.looseObject({
  rules: z.int(),
  sources: z.record(z.string(), z.looseObject({ quotesEveryChange: z.boolean() })),
  fusion: z.looseObject({ kinds: z.record(z.string(), z.looseObject({})) }),
  instruments: z.array(
    z.looseObject({
      id: z.string().min(1),
      priceScale: z.int().min(0).max(10),
      tickBands,
      status: z.string(),
      venues: z.record(z.string(), z.looseObject({ tickBands })),
    }),
  ),
});

const parametersSchema = z.looseObject({
  strategy: z.enum(STRATEGIES),
  members: z.array(z.string()),
  weights: z.record(z.string(), decimal),
  minimumSources: positive,
  allowSingle: z.boolean(),
  silentAfterMs: positive,
  quoteMaximumAgeMs: positive,
  tradeAgeFactor: positive,
  tradeMinimumAgeMs: positive,
  tradeMaximumAgeMs: positive,
  ageingMs: positive,
  maximumConfidencePercent: decimal,
  deviationPercent: decimal,
  deviationHoldMs: z.int().min(0),
  dispersedPercent: decimal,
  weightScale: positive,
  weightCapPercent: decimal,
  heartbeatMs: positive,
  emissionMs: positive,
  moveBps: decimal,
  averageHalfLifeMs: positive,
  barIntervals: z.array(z.enum(INTERVAL_NAMES)),
  barCloseMs: z.int().min(0),
  barRevisionMs: z.int().min(0),
});

/** A configuration in force, as its marker brought it. */
export interface Configuration {
  readonly version: number;
  readonly digest: string;
  readonly content: PipelineConfiguration;
}

/**
 * Reads a configuration marker. Throws, always fatal: `rules-not-carried` when it asks for a version of the rules that this program
 * does not hold, `configuration-unreadable` when it is not one. Folding on under other rules than the log's would give other results.
 */
export function readConfiguration(marker: Omit<ConfigMarker, 'type'>): Configuration {
  const { version, digest } = marker;
  const read = contentSchema.safeParse(marker.content);
  if (!read.success) throw unreadable(version, 'content', read.error);
  if (!RULES_CARRIED.includes(read.data.rules)) {
    throw new ConcordError(
      'rules-not-carried',
      'fatal',
      `The log asks for version ${read.data.rules} of the rules; this program carries ${RULES_CARRIED.join(', ')}. Run the version that wrote this configuration, or a newer one.`,
    );
  }
  // What was read above and below is what is used; the rest of the type is not looked at.
  const content = marker.content as PipelineConfiguration;
  for (const definition of content.instruments) {
    for (const kind of KINDS) {
      const checked = parametersSchema.safeParse(fusionFor(content, kind, definition));
      if (!checked.success) throw unreadable(version, `fusion of ${definition.id}`, checked.error);
    }
  }
  return { version, digest, content };
}

function unreadable(version: number, where: string, error: z.ZodError): ConfigurationError {
  const [issue] = error.issues;
  const path = issue?.path.join('.') || 'as a whole';
  return new ConfigurationError(
    `Version ${version} of the configuration cannot be read: ${where}, ${path}: ${issue?.message ?? 'unreadable'}. Write it anew with this version of Concord.`,
    { cause: error },
  );
}
