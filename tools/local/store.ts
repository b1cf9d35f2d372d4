import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LocalPartsError } from './errors.ts';
import { takeLock } from './lock.ts';

export interface FetchContext {
  /** The folder that keeps what was fetched, `.concord` in the repository unless a test says otherwise. */
  readonly store: string;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The folder `<store>/<name>`, made once: `build` fills a folder of its own, which then takes the name in one step, so a name that
 * exists is complete; what it needs only meanwhile goes into `scratch`. Processes that want the same name at the same time wait for the first of them.
 */
export async function makeOnce(
  context: FetchContext,
  name: string,
  build: (folder: string, scratch: string) => Promise<void>,
): Promise<string> {
  const target = join(context.store, name);
  if (existsSync(target)) return target;
  const lock = await takeLock(join(context.store, 'locks', `${name}.lock`), {
    signal: context.signal,
    onWait: ({ pid }) => {
      if (pid !== process.pid) context.onProgress(`waiting for process ${pid}, which is fetching ${name}`);
    },
  });
  try {
    if (existsSync(target)) return target;
    const workshop = join(context.store, 'tmp', name);
    const draft = join(workshop, 'draft');
    const scratch = join(workshop, 'scratch');
    // We hold the lock, so whatever is there was left by a process that died.
    rmSync(workshop, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    mkdirSync(scratch);
    try {
      await build(draft, scratch);
      context.signal?.throwIfAborted();
      renameSync(draft, target);
    } finally {
      rmSync(workshop, { recursive: true, force: true });
    }
    return target;
  } finally {
    lock.release();
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Refuses a file whose content is not the one that was pinned, with HASH_MISMATCH. */
export async function verifyFile(path: string, sha256: string): Promise<void> {
  const found = await hashOf(path);
  if (found === sha256) return;
  throw new LocalPartsError(
    'HASH_MISMATCH',
    `${path} is not the file that was pinned: expected SHA-256 ${sha256}, found ${found}`,
  );
}
