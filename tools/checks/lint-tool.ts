import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CheckContext } from './check.ts';
import { runCommand } from './command.ts';

const MANIFEST = 'tools/checks/lint/package.json';
const STALE_MS = 3_600_000;

export type LintTool = { readonly folder: string } | { readonly missing: string };

/**
 * The linter, installed at its first use. It has one binary per platform, and a lock file written where only some of them can be
 * resolved makes `npm ci` refuse; so it stands outside the project's own dependencies, at exact versions.
 */
export async function lintTool(context: CheckContext): Promise<LintTool> {
  const home = join(context.root, '.concord/lint');
  const manifest = readFileSync(join(context.root, MANIFEST));
  const folder = join(home, createHash('sha256').update(manifest).digest('hex').slice(0, 12));
  if (isComplete(folder)) return { folder };
  context.onProgress('lint: installing the linter, once');
  mkdirSync(home, { recursive: true });
  // Installed beside its place and moved there whole, so that two runs at once or a cut one leave no half of it.
  const fresh = mkdtempSync(join(home, 'new-'));
  cpSync(join(context.root, MANIFEST), join(fresh, 'package.json'));
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    '--loglevel=error',
  ];
  const { code, output } = await runCommand('npm', args, { cwd: fresh, signal: context.signal });
  if (code === 0 && isComplete(fresh)) moveInto(fresh, folder);
  rmSync(fresh, { recursive: true, force: true });
  if (!isComplete(folder)) return { missing: output.split('\n').slice(0, 3).join(' ') };
  dropOthers(home, folder);
  return { folder };
}

function isComplete(folder: string): boolean {
  return ['oxlint/package.json', 'oxlint-tsgolint/package.json'].every((file) =>
    existsSync(join(folder, 'node_modules', file)),
  );
}

function moveInto(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another run was first; its folder is as good.
    if (!isComplete(folder)) throw error;
  }
}

/** Removes earlier versions and what cut runs left, but not what another run is installing now. */
function dropOthers(home: string, folder: string): void {
  for (const name of readdirSync(home)) {
    const path = join(home, name);
    if (path === folder || (name.startsWith('new-') && isYoung(path))) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function isYoung(path: string): boolean {
  return Date.now() - statSync(path).mtimeMs < STALE_MS;
}
