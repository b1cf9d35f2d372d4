import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from './scratch-folder.ts';
import { makeOnce, requireSpace, verifyFile, type FetchContext } from './store.ts';

function context(store: string, signal?: AbortSignal): FetchContext {
  return { store, onProgress: () => undefined, signal };
}

test('what two want at once is made once', async () => {
  using folder = scratchFolder();
  let built = 0;
  const build = async (draft: string): Promise<void> => {
    built += 1;
    await new Promise(setImmediate);
    writeFileSync(join(draft, 'file'), 'content');
  };
  const both = await Promise.all([1, 2].map(() => makeOnce(context(folder.path), 'thing', build)));
  expect(built).toBe(1);
  for (const made of both) expect(readFileSync(join(made, 'file'), 'utf8')).toBe('content');
});

test('what was not finished is not there, and the next attempt begins anew', async () => {
  using folder = scratchFolder();
  const half = (draft: string): Promise<void> => {
    writeFileSync(join(draft, 'half'), '');
    return Promise.reject(new Error('cut off'));
  };
  await expect(makeOnce(context(folder.path), 'thing', half)).rejects.toThrow('cut off');
  expect(existsSync(join(folder.path, 'thing'))).toBe(false);
  const made = await makeOnce(context(folder.path), 'thing', () => Promise.resolve());
  expect(existsSync(join(made, 'half'))).toBe(false);
});

test('what was made when the caller had already given up is thrown away', async () => {
  using folder = scratchFolder();
  const abort = new AbortController();
  const build = (): Promise<void> => Promise.resolve(abort.abort());
  await expect(makeOnce(context(folder.path, abort.signal), 'thing', build)).rejects.toThrow('abort');
  expect(existsSync(join(folder.path, 'thing'))).toBe(false);
});

test('a file with another content than the pinned one is refused by name', async () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'file');
  writeFileSync(path, 'abc');
  await verifyFile(path, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  await expect(
    verifyFile(path, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae'),
  ).rejects.toMatchObject({
    code: 'HASH_MISMATCH',
    fate: 'fatal',
    message: expect.stringContaining(path) as string,
  });
});

test('a store without room is refused in one line before anything is fetched', () => {
  using folder = scratchFolder();
  requireSpace(join(folder.path, 'store'), 1);
  expect(() => requireSpace(folder.path, Number.MAX_SAFE_INTEGER)).toThrow(
    /^The folder [^\n]+, which keeps what is fetched, has less than [^\n]+ free: make room on its disk and start again\.$/,
  );
});
