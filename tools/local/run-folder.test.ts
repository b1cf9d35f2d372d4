import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileReason, fileTrouble } from './file-reason.ts';
import { holdFolder } from './folder.ts';
import { requireFreeFolder, requireRunFolder } from './run-folder.ts';
import { scratchFolder } from './scratch-folder.ts';

function refusal(dir: string): unknown {
  try {
    requireRunFolder(dir);
  } catch (error) {
    return error;
  }
  return undefined;
}

const refused = (dir: string, reason: string): object => ({
  code: 'FOLDER_UNUSABLE',
  fate: 'fatal',
  message: `The run folder ${dir} cannot be used: ${reason}. Expected a folder in which this user can write, with 64 MB free, or the path of a new one: set CONCORD_RUN_DIR to one.`,
});

test('the folder of a run is made with all above it, and nothing is left in it', () => {
  using folder = scratchFolder();
  const dir = join(folder.path, 'a/b/c');
  expect(refusal(dir)).toBeUndefined();
  expect(refusal(dir)).toBeUndefined();
  expect(readdirSync(dir)).toEqual([]);
});

test('a run folder that is a file, lies below one or behind a link that leads nowhere is refused in one line', () => {
  using folder = scratchFolder();
  const file = join(folder.path, 'file');
  const link = join(folder.path, 'link');
  writeFileSync(file, '');
  symlinkSync(join(folder.path, 'gone/away'), link);
  expect(refusal(file)).toMatchObject(refused(file, 'it is a file'));
  expect(refusal(join(file, 'run'))).toMatchObject(
    refused(join(file, 'run'), 'a part of the path is a file'),
  );
  expect(refusal(join(link, 'run'))).toMatchObject(refused(join(link, 'run'), 'no folder can be made there'));
});

test.each(['a,b', 'a;b'])(
  'a run folder that is called %s is refused, since Kafka or the registry would read two',
  (name) => {
    using folder = scratchFolder();
    const dir = join(folder.path, name);
    expect(refusal(dir)).toMatchObject(
      refused(dir, 'Kafka and the registry read "," and ";" as ends of a path'),
    );
  },
);

// In a process of its own: what Node itself does there never comes back.
test.skipIf(process.platform !== 'linux')('a run folder below /proc is refused at once', () => {
  const module = JSON.stringify(join(import.meta.dirname, 'run-folder.ts'));
  const program = `import(${module}).then((it) => it.requireRunFolder('/proc/nope/run')).catch((error) => console.log(error.message))`;
  const { stdout, signal } = spawnSync(process.execPath, ['-e', program], {
    timeout: 60_000,
    encoding: 'utf8',
  });
  expect(signal).toBeNull();
  expect(stdout).toMatch(
    /^The run folder \/proc\/nope\/run cannot be used: no folder can be made there\. [^\n]+\n$/,
  );
});

test('a run folder in which this user may not write is refused in one line', () => {
  using folder = scratchFolder();
  const dir = join(folder.path, 'closed');
  mkdirSync(dir, { mode: 0o555 });
  const module = JSON.stringify(join(import.meta.dirname, 'run-folder.ts'));
  const leave = process.getuid?.() === 0 ? 'process.setuid(65534);' : '';
  const program = `import(${module}).then((it) => { ${leave} it.requireRunFolder(${JSON.stringify(dir)}); }).catch((error) => console.log(error.message))`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { timeout: 60_000, encoding: 'utf8' });
  expect(stdout).toMatch(
    /cannot be used: this user has no permission\. Expected [^\n]+ set CONCORD_RUN_DIR to one\.\n$/,
  );
});

test('a run folder that a living process holds is refused before anything is started', async () => {
  using folder = scratchFolder();
  const lock = await holdFolder(folder.path);
  await expect(requireFreeFolder(folder.path)).rejects.toThrow(
    `The run folder ${folder.path} is in use by process ${process.pid}: stop that one first, or set CONCORD_RUN_DIR to another folder.`,
  );
  requireRunFolder(folder.path);
  lock.release();
  await requireFreeFolder(folder.path);
});

test('a run folder whose holder is about to die is waited for', async () => {
  using folder = scratchFolder();
  const lock = await holdFolder(folder.path);
  const waiting = requireFreeFolder(folder.path);
  setImmediate(() => lock.release());
  await waiting;
});

test('a full disk and a closed folder are told in words, a mistake of the program is not', () => {
  const error = (code: string, path?: string): Error =>
    Object.assign(new Error(code), { code, ...(path === undefined ? {} : { path }) });
  expect(fileReason(error('ENOSPC'))).toBe('its disk is full');
  expect(fileTrouble(error('EROFS', '/a/b'))).toMatch(
    /^\/a\/b cannot be used: its file system is read-only\. /,
  );
  expect(fileReason(error('EACCES'))).toBeUndefined();
  expect(fileTrouble(error('ENOENT', '/a/b'))).toBeUndefined();
  expect(fileTrouble(new Error('x'))).toBeUndefined();
});
