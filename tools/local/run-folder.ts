import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalPartsError } from './errors.ts';
import { fileReason } from './file-reason.ts';
import { lockHolder } from './lock.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What the first minutes of a run write: 25 MB of settings, segments, indexes and logs, and as much again at a restart. */
export const FREE_BYTES_MIN = 64 << 20;

const UNREADABLE = /[,;]/;
/** Below /proc, and below a link that leads nowhere. */
const NOWHERE = ['ENOENT', 'EEXIST'];

/** A process that was sent SIGKILL gives its memory back before it is gone: fractions of a second, also on a busy machine. */
const DYING_MS = 1_000;

/** The file that names the process which uses a run's folder. */
export function ownerLock(dir: string): string {
  return join(dir, 'owner.lock');
}

/**
 * Makes the folder of a run where there is none, and looks whether a run can live in it, before anything is started that would fail half-way.
 * @throws LocalPartsError FOLDER_UNUSABLE when files cannot be written there
 */
export function requireRunFolder(dir: string): void {
  try {
    if (UNREADABLE.test(dir))
      throw unusable(dir, 'Kafka and the registry read "," and ";" as ends of a path');
    makeFolder(dir);
    if (!statSync(dir).isDirectory()) throw unusable(dir, 'it is a file');
    const probe = join(dir, `probe.${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
    const { bavail, bsize } = statfsSync(dir);
    if (bavail * bsize < FREE_BYTES_MIN)
      throw unusable(dir, `less than ${FREE_BYTES_MIN >> 20} MB are free on its disk`);
  } catch (error) {
    const isNowhere = error instanceof Error && 'code' in error && NOWHERE.includes(String(error.code));
    const reason = isNowhere ? 'no folder can be made there' : fileReason(error);
    if (reason === undefined) throw error;
    throw unusable(dir, reason, error);
  }
}

/**
 * As `requireRunFolder`, for a run of its own. One that was killed just now is given the moment that it takes to die.
 * @throws LocalPartsError FOLDER_UNUSABLE, FOLDER_IN_USE when a living process uses it
 */
export async function requireFreeFolder(dir: string): Promise<void> {
  requireRunFolder(dir);
  const deadline = performance.now() + DYING_MS;
  for (;;) {
    const holder = lockHolder(ownerLock(dir));
    if (holder === undefined) return;
    if (performance.now() > deadline) throw folderInUse(dir, holder);
    await delay(20);
  }
}

export function folderInUse(dir: string, { pid }: ProcessIdentity): LocalPartsError {
  return new LocalPartsError(
    'FOLDER_IN_USE',
    `The run folder ${dir} is in use by process ${pid}: stop that one first, or set CONCORD_RUN_DIR to another folder.`,
  );
}

function unusable(dir: string, reason: string, cause?: unknown): LocalPartsError {
  return new LocalPartsError(
    'FOLDER_UNUSABLE',
    `The run folder ${dir} cannot be used: ${reason}. Expected a folder in which this user can write, with ${FREE_BYTES_MIN >> 20} MB free, ` +
      'or the path of a new one: set CONCORD_RUN_DIR to one.',
    { cause },
  );
}

/** One level after the other: below /proc, Node's own recursive way tries again without end. */
function makeFolder(dir: string): void {
  const missing: string[] = [];
  for (let at = dir; !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    try {
      mkdirSync(each);
    } catch (error) {
      // Another start may have made it in between.
      if (!existsSync(each)) throw error;
    }
  }
}
