import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

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

/** How npm is run: the very npm that started us when there is one, otherwise the one on PATH. */
export function npmProgram(): [string, ...string[]] {
  const script = variable('npm_execpath');
  return script !== undefined && basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
}

/** The Python package index that was chosen by PIP_INDEX_URL, UV_DEFAULT_INDEX or UV_INDEX_URL. */
export function pythonIndex(): string | undefined {
  return variable('PIP_INDEX_URL') ?? variable('UV_DEFAULT_INDEX') ?? variable('UV_INDEX_URL');
}

/** Where pip looks for its settings, the strongest first. */
export function pipSettingsFiles(): string[] {
  const named = variable('PIP_CONFIG_FILE');
  const user = [join(variable('XDG_CONFIG_HOME') ?? join(homedir(), '.config'), 'pip', 'pip.conf')];
  return [
    ...(named === undefined ? [] : [named]),
    ...user,
    join(homedir(), '.pip', 'pip.conf'),
    '/etc/pip.conf',
  ];
}

/** The Maven repository that was chosen by MAVEN_REPOSITORY_URL. */
export function mavenRepository(): string | undefined {
  return variable('MAVEN_REPOSITORY_URL');
}
