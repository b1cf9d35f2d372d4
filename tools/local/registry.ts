import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, parseCoordinates, pinnedArtifacts } from './artifacts.ts';
import { archiveOptions } from './archive.ts';
import { lastLine, runCommand } from './command.ts';
import { LocalPartsError } from './errors.ts';
import { JAVA_ENV, type Java } from './java.ts';
import { fetchArtifacts } from './maven.ts';
import type { PartPlan } from './part.ts';
import { makeOnce, type FetchContext } from './store.ts';

const API_PATH = '/apis/ccompat/v7';

/** Everything the registry of this machine is started from. */
export interface RegistryKit {
  readonly java: Java;
  /** The folder with its runner and libraries. */
  readonly folder: string;
  readonly version: string;
  readonly jvmOptions: readonly string[];
}

/** Fetches and unpacks the registry once and prepares what makes its starts fast. */
export async function findRegistry(context: FetchContext, javaFound: Promise<Java>): Promise<RegistryKit> {
  const [archive] = pinnedArtifacts().registry;
  if (archive === undefined) throw new Error('artifacts.json names no registry');
  const coordinates = parseCoordinates(archive.artifact);
  const { version } = coordinates;
  const fetching = makeOnce(context, `registry-${version}`, async (folder, scratch) => {
    context.onProgress(`fetching the schema registry ${version} (109 MB)`);
    await fetchArtifacts(context, [archive], folder, scratch);
    const file = join(folder, fileNameOf(coordinates));
    const result = await runCommand('tar', ['xzf', file, '-C', folder], { signal: context.signal });
    if (result.code !== 0)
      throw new LocalPartsError('FETCH_FAILED', `tar could not unpack ${file}: ${lastLine(result.output)}`);
    rmSync(file);
  });
  const [java, folder] = await Promise.all([javaFound, fetching]);
  const kit = { java, folder, version, jvmOptions: [] };
  const jvmOptions = await archiveOptions(context, {
    name: 'registry',
    java,
    jars: folder,
    plan: (dir, [port = 0], option) => registryPlan({ ...kit, jvmOptions: [option] }, dir, port),
  });
  return { ...kit, jvmOptions };
}

/** The address that a Confluent client of the registry is given. */
export function registryUrlOf(port: number): string {
  return `http://127.0.0.1:${port}${API_PATH}`;
}

/** A registry on loopback that keeps its schemas and their ids in a file. */
export function registryPlan(kit: RegistryKit, dir: string, port: number): PartPlan {
  const data = join(dir, 'registry');
  mkdirSync(data, { recursive: true });
  return {
    name: 'registry',
    program: kit.java.program,
    args: [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...kit.jvmOptions,
      '-jar',
      join(kit.folder, `apicurio-registry-app-${kit.version}-runner.jar`),
    ],
    env: {
      ...JAVA_ENV,
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      // Written at once: an id that was given out must not be given to another schema after a crash.
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(data, 'registry')};WRITE_DELAY=0`,
      QUARKUS_HTTP_PORT: String(port),
      QUARKUS_HTTP_HOST: '127.0.0.1',
      // Otherwise each request makes a line in its log.
      QUARKUS_LOG_LEVEL: 'WARN',
    },
    port,
    dir,
    ready: (signal) => answersSubjects(port, signal),
    readyTimeoutMs: 120_000,
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
