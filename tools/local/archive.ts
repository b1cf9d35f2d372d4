import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Java } from './java.ts';
import { startPart, type PartPlan } from './part.ts';
import { freePorts } from './ports.ts';
import { makeOnce, type FetchContext } from './store.ts';

const ARCHIVE = 'classes.jsa';
/** Writing the archive takes a JVM some seconds at its end. */
const DUMP_GRACE_MS = 60_000;

/** A program of the Java platform whose starts are to be fast. */
export interface Trainee {
  readonly name: string;
  readonly java: Java;
  /** Where its jars are: an archive is of use for exactly these. */
  readonly jars: string;
  /** A start of it in a throw-away folder, on two free ports, with one more option for the JVM. */
  plan(dir: string, ports: readonly number[], option: string): PartPlan;
}

/**
 * The JVM options that map the program's classes from an archive instead of loading and verifying each (broker: 2.6 s and 4.4 s of CPU to 1.1 s
 * and 1.6 s, registry: 4.7 s and 8.4 s to 1.6 s and 2.0 s, both with the quick compiler). The archive is made once for a Java build and a set of jars by
 * one start and stop of the program. Without an archive everything works, later.
 */
export async function archiveOptions(context: FetchContext, trainee: Trainee): Promise<string[]> {
  const { java, name, jars } = trainee;
  const key = createHash('sha256')
    .update(`${java.program}\n${java.version}\n${jars}`)
    .digest('hex')
    .slice(0, 12);
  const folder = await makeOnce(context, `${name}-classes-${key}`, async (draft) => {
    context.onProgress(`preparing fast starts of the ${name} (once)`);
    const dir = join(draft, 'run');
    try {
      await train(context, trainee, dir, join(draft, ARCHIVE));
    } catch (error) {
      context.signal?.throwIfAborted();
      // Kept as an empty folder, so that a machine where this fails does not try it again at each start.
      const reason = error instanceof Error ? error.message : String(error);
      context.onProgress(`the ${name} will start more slowly: ${reason}`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
  const archive = join(folder, ARCHIVE);
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

async function train(context: FetchContext, trainee: Trainee, dir: string, archive: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const ports = await freePorts(2);
  const plan = trainee.plan(dir, ports, `-XX:ArchiveClassesAtExit=${archive}`);
  const part = await startPart(plan, context.signal);
  await part.stop(DUMP_GRACE_MS);
}
