import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Addresses of parts that somebody else runs; a part whose address is set is never started. */
export interface ForeignParts {
  readonly kafkaBrokers?: string[];
  readonly redisUrl?: string;
  readonly registryUrl?: string;
}

function variable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** Reads `KAFKA_BROKERS`, `REDIS_URL` and `SCHEMA_REGISTRY_URL`. */
export function foreignParts(): ForeignParts {
  const brokers = variable('KAFKA_BROKERS');
  const redisUrl = variable('REDIS_URL');
  const registryUrl = variable('SCHEMA_REGISTRY_URL');
  return {
    ...(brokers === undefined ? {} : { kafkaBrokers: brokers.split(',').map((one) => one.trim()) }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(registryUrl === undefined ? {} : { registryUrl }),
  };
}

/** The first of the programs found on PATH, as a full path. */
export function findProgram(...names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    }
  }
  return undefined;
}

/** `java` of JAVA_HOME, when that is set. */
export function javaHomeProgram(): string | undefined {
  const home = variable('JAVA_HOME');
  return home === undefined ? undefined : join(home, 'bin', 'java');
}
