import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storeRoot } from '@concord/local';

const run = promisify(execFile);
const programs = join(import.meta.dirname, '../python');

/** Why no Python program can run here, `undefined` when one can. */
export async function whyNoPython(): Promise<string | undefined> {
  try {
    await run('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']);
  } catch {
    return 'there is no Python 3.9 or later (python3) on this machine';
  }
  try {
    await run('python3', ['-m', 'pip', '--version']);
  } catch {
    return 'this machine has Python 3 without pip';
  }
  return undefined;
}

/** The folder with the packages that a file of `test/python` requires, installed once for each content of that file. */
export async function pythonPackages(file = 'requirements.txt'): Promise<string> {
  const requirements = join(programs, file);
  const text = readFileSync(requirements);
  const home = join(storeRoot, 'py-test');
  const folder = join(home, createHash('sha256').update(text).digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  await mkdir(home, { recursive: true });
  const temporary = await mkdtemp(join(home, 'new-'));
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--target',
    temporary,
    '-r',
    requirements,
  ];
  await run('python3', args);
  try {
    await rename(temporary, folder);
  } catch (error) {
    // Another run was first.
    if (!existsSync(folder)) throw error;
    await rm(temporary, { recursive: true });
  }
  return folder;
}

/** Runs a program of `test/python` and resolves with the lines that it prints. */
export async function runPython(program: string, args: readonly string[]): Promise<string[]> {
  const script = join(programs, program);
  const { stdout } = await run('python3', [script, ...args], { maxBuffer: 64 << 20 });
  return stdout.split('\n').filter((line) => line !== '');
}
