import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { repositoryRoot } from './places.ts';
import { scratchFolder } from './scratch-folder.ts';

/** A program that notes each signal, ends 250 ms after the first and then exits with 7. */
const PROGRAM = `
import { appendFileSync, writeFileSync } from 'node:fs';
const log = process.argv[2];
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  appendFileSync(log, signal + ' ');
  setTimeout(() => { appendFileSync(log, 'drained'); process.exit(7); }, 250);
});
setInterval(() => {}, 1000);
writeFileSync(log + '.pid', String(process.pid));
`;

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('nothing happened within 20 s');
    await delay(10);
  }
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Boot, in a process of its own, running the program; resolves when that has begun. */
async function startBoot(folder: string): Promise<{ boot: ChildProcess; log: string; pid: number }> {
  const log = join(folder, 'log');
  const program = join(folder, 'program.mjs');
  const launcher = join(folder, 'launcher.mjs');
  writeFileSync(program, PROGRAM);
  const script = JSON.stringify(join(repositoryRoot, 'tools/boot.mjs'));
  const step = JSON.stringify({ args: [program, log] });
  writeFileSync(
    launcher,
    `import { runPinned } from ${script}; process.exitCode = await runPinned(${step});`,
  );
  const boot = spawn(process.execPath, [launcher], { stdio: 'ignore' });
  await until(() => textOf(`${log}.pid`) !== '');
  return { boot, log, pid: Number(textOf(`${log}.pid`)) };
}

test('Ctrl-C that arrives twice at once reaches the program once, which ends in its own time with its own exit code', async () => {
  using folder = scratchFolder();
  const { boot, log } = await startBoot(folder.path);
  const ended = once(boot, 'exit');
  boot.kill('SIGINT');
  await until(() => textOf(log) === 'SIGINT ');
  boot.kill('SIGINT');
  expect(await ended).toEqual([7, null]);
  expect(textOf(log)).toBe('SIGINT drained');
});

test('when boot is killed with -9 the program is asked to stop', async () => {
  using folder = scratchFolder();
  const { boot, log } = await startBoot(folder.path);
  boot.kill('SIGKILL');
  await until(() => textOf(log).endsWith('drained'));
  expect(textOf(log)).toBe('SIGTERM drained');
});

test('a program that dies by a signal makes boot exit as a shell would say it', async () => {
  using folder = scratchFolder();
  const { boot, pid } = await startBoot(folder.path);
  const ended = once(boot, 'exit');
  process.kill(pid, 'SIGKILL');
  expect(await ended).toEqual([137, null]);
});
