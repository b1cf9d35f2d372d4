import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '@concord/model';
import { ConfigError, type ConcordConfig, type ConfigProblem, type VenueConfig } from '@concord/runtime';

const SERVICES = join(import.meta.dirname, '../../../services');
const PREFIX = 'ingestor-';
/** A refused value stands in the message as it was given. */
const REFUSAL_LENGTH_MAX = 1_000;

/** What an ingestor's `config.ts` gives: throws when it does not know an option or its value. */
interface VenueOptions {
  checkOptions(venue: VenueConfig): unknown;
}

/** Holds each venue's own options against what its ingestor knows. Throws `ConfigError` with every problem found. */
export async function checkVenues(config: ConcordConfig, file: string): Promise<void> {
  const problems: ConfigProblem[] = [];
  for (const [venue, settings] of Object.entries(config.venues)) {
    const refused = await refusal(venue, settings);
    if (refused !== undefined)
      problems.push({ key: '', line: undefined, value: undefined, expected: refused });
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
}

async function refusal(venue: string, settings: VenueConfig): Promise<string | undefined> {
  const module = join(SERVICES, `${PREFIX}${venue}`, 'src/config.ts');
  if (!existsSync(module))
    return `venues.${venue}: expected one of the venues that have an ingestor: ${known().join(', ')}`;
  try {
    ((await import(module)) as VenueOptions).checkOptions(settings);
    return undefined;
  } catch (error) {
    if (error instanceof ConcordError) return error.message.slice(0, REFUSAL_LENGTH_MAX);
    throw error;
  }
}

function known(): string[] {
  return readdirSync(SERVICES)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
}
