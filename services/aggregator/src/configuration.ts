import type { ConfigMarker } from '@concord/codec';
import { ConcordError } from '@concord/model';
import { readPipelineConfiguration, RULES_VERSION, type PipelineConfiguration } from '@concord/runtime';
import { z } from 'zod';

/** Versions of the rules that this program carries; which one is in force is read from the log. */
const RULES_CARRIED: readonly number[] = [RULES_VERSION];

const versioned = z.looseObject({ rules: z.int().min(1) });

/** A configuration in force, as its marker brought it. */
export interface Configuration {
  readonly version: number;
  readonly digest: string;
  readonly content: PipelineConfiguration;
}

export type ConfigurationResult =
  { readonly ok: true; readonly value: Configuration } | { readonly ok: false; readonly message: string };

/**
 * Reads a configuration marker with the schema by which the validator lets it through. Throws a fatal ConcordError `rules-not-carried` when
 * it asks for a version of the rules that this program does not hold: folding on with others would give other results.
 */
export function readConfiguration({
  version,
  digest,
  content,
}: Omit<ConfigMarker, 'type'>): ConfigurationResult {
  const asked = versioned.safeParse(content);
  // Only a content of this version's rules must be as this version writes it.
  if (asked.success && !RULES_CARRIED.includes(asked.data.rules)) {
    throw new ConcordError(
      'rules-not-carried',
      'fatal',
      `The log asks for version ${asked.data.rules} of the rules; this program carries ${RULES_CARRIED.join(', ')}. Run the version that wrote this configuration, or a newer one.`,
    );
  }
  const read = readPipelineConfiguration(content);
  if (!read.ok) return { ok: false, message: `version ${version}: ${read.message}` };
  return { ok: true, value: { version, digest, content: read.value } };
}
