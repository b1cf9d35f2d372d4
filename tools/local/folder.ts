import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockHolder, tryLock, type FileLock } from './lock.ts';
import { isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts';
import { folderInUse, ownerLock } from './run-folder.ts';

/** A guard gives its part 3 s to end once the owner is gone; after that and a margin the next start does it. */
const LEFTOVER_WAIT_MS = 5_000;

/**
 * Claims a run's data folder for this process. Parts of an owner that died are given the time that their guards take to end them, and are
 * killed after that; only processes whose recorded number and start time both agree are touched.
 * @throws LocalPartsError FOLDER_IN_USE when a living process holds it
 */
export async function holdFolder(dir: string): Promise<FileLock> {
  const attempt = tryLock(ownerLock(dir));
  if ('heldBy' in attempt) throw folderInUse(dir, attempt.heldBy);
  await endLeftovers(dir);
  return attempt.lock;
}

/** True while a living process runs parts in the folder. */
export function isFolderHeld(dir: string): boolean {
  return lockHolder(ownerLock(dir)) !== undefined;
}

function recorded(dir: string): { file: string; identity: ProcessIdentity | undefined }[] {
  const folder = join(dir, 'parts');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const file = join(folder, name);
    return { file, identity: parseIdentity(readFileSync(file, 'utf8')) };
  });
}

async function endLeftovers(dir: string): Promise<void> {
  const leftovers = recorded(dir);
  const alive = (): ProcessIdentity[] =>
    leftovers.flatMap(({ identity }) => (identity !== undefined && isAlive(identity) ? [identity] : []));
  const deadline = performance.now() + LEFTOVER_WAIT_MS;
  while (alive().length > 0 && performance.now() < deadline) await delay(50);
  for (const { pid } of alive()) process.kill(pid, 'SIGKILL');
  while (alive().length > 0) await delay(20);
  for (const { file } of leftovers) rmSync(file, { force: true });
}
