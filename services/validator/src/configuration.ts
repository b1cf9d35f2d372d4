import type { ConfigMarker } from '@concord/codec';
import { ConcordError, parseFixed, type Kind } from '@concord/model';
import { instrumentRules, type InstrumentRules } from '@concord/quality';
import { qualityFor, RULES_VERSION, type PipelineConfiguration } from '@concord/runtime';
import { z } from 'zod';

/** Versions of the rules that this program carries; which one is in force is read from the log. */
const RULES_CARRIED: readonly number[] = [RULES_VERSION];

const decimal = z
  .string()
  .refine((text) => parseFixed(text) !== undefined, 'expected a decimal with at most 12 places');
const tickBands = z.array(z.looseObject({ from: decimal, tick: decimal }));

/** What the validator reads of a configuration in the log; other parts are other stages'. */
const contentSchema = z.looseObject({
  rules: z.int(),
  quality: z.looseObject({ kinds: z.record(z.string(), z.looseObject({})) }),
  instruments: z.array(
    z.looseObject({
      id: z.string().min(1),
      sizeUnit: z.string(),
      negativePrices: z.boolean(),
      minimumPrice: decimal.nullable(),
      maximumPrice: decimal.nullable(),
      maximumSize: decimal.nullable(),
      lot: decimal.nullable(),
      tickBands,
      venues: z.record(z.string(), z.looseObject({ tickBands, lot: decimal.nullable() })),
    }),
  ),
});

const parametersSchema = z.looseObject({
  futureToleranceMs: z.int().nonnegative(),
  liveMaximumAgeMs: z.int().positive(),
  clockAheadMs: z.int().nonnegative(),
  rememberedIds: z.int().positive(),
  reportMs: z.int().positive(),
});

/** A configuration in force: the rules of each instrument, in the order in which they are defined. */
export interface Configuration {
  readonly marker: Omit<ConfigMarker, 'type'>;
  readonly instruments: ReadonlyMap<string, InstrumentRules>;
}

export type ConfigurationResult =
  { readonly ok: true; readonly value: Configuration } | { readonly ok: false; readonly message: string };

/**
 * Reads a configuration marker for one data type. Throws a fatal ConcordError `rules-not-carried` when it asks for a version of the
 * rules that this program does not hold: folding on with others would give other results.
 */
export function readConfiguration(kind: Kind, marker: Omit<ConfigMarker, 'type'>): ConfigurationResult {
  const read = contentSchema.safeParse(marker.content);
  if (!read.success) return { ok: false, message: describe(read.error) };
  if (!RULES_CARRIED.includes(read.data.rules)) {
    throw new ConcordError(
      'rules-not-carried',
      'fatal',
      `The log asks for version ${read.data.rules} of the rules; this program carries ${RULES_CARRIED.join(', ')}. Run the version that wrote this configuration, or a newer one.`,
    );
  }
  // What was read above is what is used below; the rest of the type is not looked at.
  const content = marker.content as PipelineConfiguration;
  const instruments = new Map<string, InstrumentRules>();
  for (const definition of content.instruments) {
    const parameters = qualityFor(content, kind, definition);
    const checked = parametersSchema.safeParse(parameters);
    if (!checked.success)
      return { ok: false, message: `quality of ${definition.id}: ${describe(checked.error)}` };
    instruments.set(definition.id, instrumentRules(definition, parameters));
  }
  const { version, digest } = marker;
  return { ok: true, value: { marker: { version, digest, content }, instruments } };
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'unreadable'}`;
}
