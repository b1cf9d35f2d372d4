import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock, tryLock, type FileLock } from './lock.ts';
import { isAlive, parseIdentity, startTimeOf, thisProcess } from './process-identity.ts';
import { scratchFolder } from './scratch-folder.ts';

test('a lock names its holder to others and is gone when released', () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  const first = tryLock(path);
  expect(first).toHaveProperty('lock');
  expect(tryLock(path)).toEqual({ heldBy: thisProcess() });
  (first as { lock: FileLock }).lock.release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a lock whose holder is dead is taken over, also when its number belongs to another process now', () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  for (const stale of ['999999999 x:1\n', `${process.pid} another-boot:1\n`, 'half-writ']) {
    writeFileSync(path, stale);
    const attempt = tryLock(path);
    expect(attempt).toHaveProperty('lock');
    expect(parseIdentity(readFileSync(path, 'utf8'))).toEqual(thisProcess());
    (attempt as { lock: FileLock }).lock.release();
  }
});

test('the breaker of a stale lock that died while breaking holds nobody up', () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  writeFileSync(path, '999999999 x:1\n');
  writeFileSync(`${path}.break`, '999999998 x:1\n');
  expect(tryLock(path)).toHaveProperty('lock');
});

test('releasing twice does not take the next holder’s lock away', () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  const first = tryLock(path) as { lock: FileLock };
  first.lock.release();
  tryLock(path);
  first.lock.release();
  expect(existsSync(path)).toBe(true);
});

test('one that waits is given the lock when it is released, and is told of the holder once', async () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  const first = tryLock(path) as { lock: FileLock };
  const told: number[] = [];
  const waiting = takeLock(path, {
    onWait: ({ pid }) => {
      told.push(pid);
      setImmediate(() => first.lock.release());
    },
  });
  (await waiting).release();
  expect(told).toEqual([process.pid]);
});

test('one that waits stops waiting when it is aborted', async () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'a.lock');
  tryLock(path);
  const abort = new AbortController();
  const waiting = takeLock(path, { signal: abort.signal, onWait: () => abort.abort() });
  await expect(waiting).rejects.toThrow('abort');
});

test('the start time is field 22 of a process’s status, whatever its name holds', () => {
  const fields = Array.from({ length: 30 }, (_, at) => `f${at + 3}`).join(' ');
  expect(startTimeOf(`17 (a) b) (c) ${fields}`)).toBe('f22');
  expect(isAlive(thisProcess())).toBe(true);
});
