import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runCommand } from './command.ts';
import { findProgram } from './environment.ts';
import { makeOnce, type FetchContext } from './store.ts';

/** Newest first; each release of Debian and Ubuntu has one or two of them. */
const JAVA_PACKAGES = ['openjdk-25-jre-headless', 'openjdk-21-jre-headless', 'openjdk-17-jre-headless'];

/**
 * A Java runtime from the machine's own Debian or Ubuntu packages, unpacked into the store; nothing is installed and no root is needed. Undefined where
 * there is no apt or none of the packages.
 */
export async function unpackDebianJava(context: FetchContext): Promise<string | undefined> {
  const apt = findProgram('apt-get');
  const dpkg = findProgram('dpkg-deb');
  if (apt === undefined || dpkg === undefined) return undefined;
  const folder = await makeOnce(context, `debian-java-${process.arch}`, async (draft, scratch) => {
    context.onProgress('fetching a Java runtime from the system’s packages');
    const archive = await downloadPackage(context, apt, scratch);
    if (archive === undefined) return;
    await runCommand(dpkg, ['-x', archive, draft], { signal: context.signal });
    relink(draft, draft);
  });
  const machines = join(folder, 'usr', 'lib', 'jvm');
  if (!existsSync(machines)) {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  const home = readdirSync(machines).find((name) => existsSync(join(machines, name, 'bin', 'java')));
  return home === undefined ? undefined : join(machines, home, 'bin', 'java');
}

async function downloadPackage(
  context: FetchContext,
  apt: string,
  scratch: string,
): Promise<string | undefined> {
  const lists = join(scratch, 'lists');
  const cache = join(scratch, 'cache');
  for (const folder of [join(lists, 'partial'), join(cache, 'archives', 'partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  // Lists and cache of our own: the system's may be missing, as in most images, and are root's.
  const own = [
    `-oDir::State::Lists=${lists}`,
    `-oDir::Cache=${cache}`,
    '-oAPT::Sandbox::User=',
    '-oDebug::NoLocking=1',
    '-qq',
  ];
  const options = { cwd: scratch, signal: context.signal };
  await runCommand(apt, [...own, 'update'], options);
  for (const name of JAVA_PACKAGES) {
    const { code } = await runCommand(apt, [...own, 'download', name], options);
    if (code !== 0) continue;
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    if (archive !== undefined) return join(scratch, archive);
  }
  return undefined;
}

/** Links of a package point into the root of a system that it is not installed in: here they are made to stay within its folder. */
function relink(root: string, folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) relink(root, path);
    if (!status.isSymbolicLink()) continue;
    const target = readlinkSync(path);
    if (!target.startsWith('/')) continue;
    rmSync(path);
    symlinkSync(relative(dirname(path), join(root, target)), path);
  }
}
