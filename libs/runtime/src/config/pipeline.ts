import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '@concord/model';
import { z } from 'zod';
import { fusionSection, type FusionParameters } from './fusion.ts';
import { loggedInstrument, type InstrumentDefinition } from './instrument.ts';
import { qualitySection, type QualityParameters } from './quality.ts';
import { refineReferences } from './references.ts';
import { sourceName } from './scalars.ts';
import type { ConcordConfig } from './schema.ts';

/**
 * The part of the configuration that decides results. It travels in the log as the content of `config` markers, one for each
 * raw partition, and holds only that partition's instruments: a stage's results depend on nothing outside its partition.
 */
export interface PipelineConfiguration {
  /** Version of the rules' code in force. */
  rules: number;
  sources: Record<string, { quotesEveryChange: boolean }>;
  quality: ConcordConfig['quality'];
  fusion: ConcordConfig['fusion'];
  instruments: InstrumentDefinition[];
}

/** Version of the rules that this program writes into the log. */
export const RULES_VERSION = 1;

export function pipelineConfiguration(config: ConcordConfig, partition: number): PipelineConfiguration {
  return {
    rules: RULES_VERSION,
    sources: Object.fromEntries(
      Object.entries(config.venues).map(([name, venue]) => [
        name,
        { quotesEveryChange: venue.quotesEveryChange },
      ]),
    ),
    quality: config.quality,
    fusion: config.fusion,
    instruments: config.instruments.filter((instrument) => instrument.partition === partition),
  };
}

const loggedConfiguration = z
  .strictObject({
    rules: z.int().min(1),
    sources: z.record(sourceName, z.strictObject({ quotesEveryChange: z.boolean() })),
    quality: qualitySection,
    fusion: fusionSection,
    instruments: z.array(loggedInstrument),
  })
  .superRefine((content, context) =>
    refineReferences(content, content.sources, (path, message) =>
      context.addIssue({ code: 'custom', path: [...path], message }),
    ),
  );

export type PipelineConfigurationResult =
  | { readonly ok: true; readonly value: PipelineConfiguration }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the content of a `config` marker with the schema of `concord.yaml`. It must be written out: whatever a default would fill in, or a
 * value in another form than `pipelineConfiguration` gives it, is refused, so that every stage reads the same.
 */
export function readPipelineConfiguration(content: unknown): PipelineConfigurationResult {
  const read = loggedConfiguration.safeParse(content);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { ok: false, message: `${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'unreadable'}` };
  }
  const path = firstDifference(read.data, content);
  if (path === undefined) return { ok: true, value: read.data };
  return {
    ok: false,
    message: `${path.join('.') || 'content'}: expected it written out in full, decimals in their shortest form`,
  };
}

/** Path of the first thing that two values do not have in common. */
function firstDifference(one: unknown, other: unknown): readonly string[] | undefined {
  if (isDeepStrictEqual(one, other)) return undefined;
  if (!isObject(one) || !isObject(other)) return [];
  for (const key of Object.keys(one)) {
    const below = firstDifference(one[key], other[key]);
    if (below !== undefined) return [key, ...below];
  }
  return [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Rule parameters for one instrument and data type: global, overlaid by the data type's, then by the instrument's. */
export function qualityFor(
  configuration: PipelineConfiguration,
  kind: Kind,
  instrument: InstrumentDefinition,
): QualityParameters {
  const { kinds, ...base } = configuration.quality;
  return { ...base, ...kinds[kind], ...instrument.quality } as QualityParameters;
}

/** Strategy parameters for one instrument and data type: global, overlaid by the data type's, then by the instrument's. */
export function fusionFor(
  configuration: PipelineConfiguration,
  kind: Kind,
  instrument: InstrumentDefinition,
): FusionParameters {
  const { kinds, ...base } = configuration.fusion;
  return { ...base, ...kinds[kind], ...instrument.fusion } as FusionParameters;
}
