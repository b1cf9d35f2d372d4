import type { ConfigMarker } from '@concord/codec';
import { ConcordError, type Kind } from '@concord/model';
import { instrumentRules, type InstrumentRules } from '@concord/quality';
import { qualityFor, readPipelineConfiguration, RULES_VERSION } from '@concord/runtime';
import { z } from 'zod';

/** Versions of the rules that this program carries; which one is in force is read from the log. */
const RULES_CARRIED: readonly number[] = [RULES_VERSION];

const versioned = z.looseObject({ rules: z.int().min(1) });

/** A configuration in force: the rules of each instrument, in the order in which they are defined. */
export interface Configuration {
  readonly marker: Omit<ConfigMarker, 'type'>;
  readonly instruments: ReadonlyMap<string, InstrumentRules>;
}

export type ConfigurationResult =
  { readonly ok: true; readonly value: Configuration } | { readonly ok: false; readonly message: string };

/**
 * Reads a configuration marker for one data type; the whole of it, since what is passed on must serve the stages behind as well. Throws a
 * fatal ConcordError `rules-not-carried` when it asks for a version of the rules that this program does not hold: folding on with others
 * would give other results.
 */
export function readConfiguration(kind: Kind, marker: Omit<ConfigMarker, 'type'>): ConfigurationResult {
  const asked = versioned.safeParse(marker.content);
  // Only a content of this version's rules must be as this version writes it.
  if (asked.success && !RULES_CARRIED.includes(asked.data.rules)) {
    throw new ConcordError(
      'rules-not-carried',
      'fatal',
      `The log asks for version ${asked.data.rules} of the rules; this program carries ${RULES_CARRIED.join(', ')}. Run the version that wrote this configuration, or a newer one.`,
    );
  }
  const read = readPipelineConfiguration(marker.content);
  if (!read.ok) return read;
  const content = read.value;
  const instruments = new Map(
    content.instruments.map((definition) => [
      definition.id,
      instrumentRules(definition, qualityFor(content, kind, definition)),
    ]),
  );
  const { version, digest } = marker;
  return { ok: true, value: { marker: { version, digest, content }, instruments } };
}
