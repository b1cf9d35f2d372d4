import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  formatIdentity,
  isAlive,
  parseIdentity,
  thisProcess,
  type ProcessIdentity,
} from './process-identity.ts';

export interface FileLock {
  release(): void;
}

export type LockAttempt = { readonly lock: FileLock } | { readonly heldBy: ProcessIdentity };

let attempts = 0;

/**
 * Takes the lock file, or says which living process holds it. The file appears with its content in one step (a hard link of a
 * finished file), so that nobody ever reads half an owner. A lock whose owner is gone is removed by whoever holds `<path>.break`, who
 * looks again first: of two that find it stale at once, the second must not remove the lock that the first has taken since.
 */
export function tryLock(path: string): LockAttempt {
  mkdirSync(dirname(path), { recursive: true });
  const self = thisProcess();
  attempts += 1;
  const draft = `${path}.${self.pid}.${attempts}`;
  writeFileSync(draft, formatIdentity(self));
  try {
    for (;;) {
      try {
        linkSync(draft, path);
        return { lock: heldLock(path, self) };
      } catch (error) {
        if (!isFileExists(error)) throw error;
      }
      const owner = readOwner(path);
      if (owner !== undefined && isAlive(owner)) return { heldBy: owner };
      if (owner !== undefined) breakStale(path, draft);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Waits for the lock; `onWait` is called once with the holder when there is one. Rejects when `signal` aborts. */
export async function takeLock(
  path: string,
  options: { signal?: AbortSignal | undefined; onWait?: (holder: ProcessIdentity) => void } = {},
): Promise<FileLock> {
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const attempt = tryLock(path);
    if ('lock' in attempt) return attempt.lock;
    if (!told) options.onWait?.(attempt.heldBy);
    told = true;
    await delay(100);
  }
}

/** The living process that holds the lock file, if one does. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const owner = readOwner(path);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

function heldLock(path: string, self: ProcessIdentity): FileLock {
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      const owner = readOwner(path);
      if (owner?.pid === self.pid && owner.started === self.started) rmSync(path, { force: true });
    },
  };
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return parseIdentity(readFileSync(path, 'utf8')) ?? { pid: 0, started: 'unreadable' };
  } catch {
    return undefined;
  }
}

function breakStale(path: string, draft: string): void {
  const breaker = `${path}.break`;
  try {
    linkSync(draft, breaker);
  } catch (error) {
    if (!isFileExists(error)) throw error;
    // A breaker that died lived for microseconds; its file is the only one that is removed without a look under a lock.
    const owner = readOwner(breaker);
    if (owner !== undefined && !isAlive(owner)) rmSync(breaker, { force: true });
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

function isFileExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
