import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
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
  requireSpace(context.store);
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

/** The largest of what is fetched, packed and unpacked: the schema registry. */
const SPACE_BYTES_MIN = 256 << 20;

/**
 * What fetches on a full disk tells of anything but the disk.
 * @throws LocalPartsError STORE_FULL
 */
export function requireSpace(store: string, bytesMin = SPACE_BYTES_MIN): void {
  mkdirSync(store, { recursive: true });
  const { bavail, bsize } = statfsSync(store);
  if (bavail * bsize >= bytesMin) return;
  throw new LocalPartsError(
    'STORE_FULL',
    `The folder ${store}, which keeps what is fetched, has less than ${bytesMin >> 20} MB free: make room on its disk and start again.`,
  );
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
