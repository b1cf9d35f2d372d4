import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, parseCoordinates, pinnedArtifacts } from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { LocalPartsError } from './errors.ts';
import type { Java } from './java.ts';
import { fetchArtifacts } from './maven.ts';
import type { PartPlan } from './part.ts';
import { makeOnce, type FetchContext } from './store.ts';

const API_PATH = '/apis/ccompat/v7';

/** The folder of the unpacked registry, fetched once. */
export async function findRegistry(context: FetchContext): Promise<string> {
  const { registry } = pinnedArtifacts();
  const [archive] = registry;
  if (archive === undefined) throw new Error('artifacts.json names no registry');
  const coordinates = parseCoordinates(archive.artifact);
  return makeOnce(context, `registry-${coordinates.version}`, async (folder) => {
    context.onProgress(`fetching the schema registry ${coordinates.version} (109 MB)`);
    await fetchArtifacts(context, registry, folder);
    const file = join(folder, fileNameOf(coordinates));
    const result = await runCommand('tar', ['xzf', file, '-C', folder], { signal: context.signal });
    if (result.code !== 0)
      throw new LocalPartsError('FETCH_FAILED', `tar could not unpack ${file}: ${lastLine(result.output)}`);
    rmSync(file);
  });
}

/** The address that a Confluent client of the registry is given. */
export function registryUrlOf(port: number): string {
  return `http://127.0.0.1:${port}${API_PATH}`;
}

/** A registry on loopback that keeps its schemas and their ids in a file. */
export function registryPlan(java: Java, folder: string, dir: string, port: number): PartPlan {
  const { version } = parseCoordinates(pinnedArtifacts().registry[0]?.artifact ?? '');
  const data = join(dir, 'registry');
  mkdirSync(data, { recursive: true });
  return {
    name: 'registry',
    program: java.program,
    args: [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      join(folder, `apicurio-registry-app-${version}-runner.jar`),
    ],
    env: {
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(data, 'registry')}`,
      QUARKUS_HTTP_PORT: String(port),
      QUARKUS_HTTP_HOST: '127.0.0.1',
    },
    port,
    dir,
    ready: (signal) => answersSubjects(port, signal),
    readyTimeoutMs: 90_000,
  };
}

async function answersSubjects(port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${registryUrlOf(port)}/subjects`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
