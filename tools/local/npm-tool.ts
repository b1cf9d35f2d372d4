import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { lastLine, runCommand } from './command.ts';
import { npmProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { makeOnce, type FetchContext } from './store.ts';

/**
 * Loads a package that is needed only on machines that lack something, so that it burdens no other: npm, which everyone here has, installs it into the
 * store once, without its scripts.
 */
export async function loadNpmPackage(context: FetchContext, name: string, version: string): Promise<unknown> {
  const folder = await makeOnce(context, `${basename(name)}-${version}`, async (draft) => {
    const [program, ...first] = npmProgram();
    const install = ['install', '--prefix', draft, '--no-audit', '--no-fund', '--ignore-scripts'];
    const result = await runCommand(program, [...first, ...install, `${name}@${version}`], {
      signal: context.signal,
    });
    if (result.code === 0) return;
    throw new LocalPartsError('FETCH_FAILED', `npm could not fetch ${name}: ${lastLine(result.output)}`);
  });
  return createRequire(join(folder, 'package.json'))(name);
}
