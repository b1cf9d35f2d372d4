import type { Project } from './project.ts';

export interface WorkspacePackage {
  readonly name: string;
  /** Its folder, e.g. `libs/model`. */
  readonly folder: string;
  /** What others may import: `.` and subpaths. */
  readonly exported: readonly string[];
}

export interface RootPackage {
  readonly scripts: ReadonlySet<string>;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

type Json = Record<string, unknown>;

function readJson(project: Project, path: string): Json {
  const value: unknown = JSON.parse(project.text(path) ?? '{}');
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function keys(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

export function workspacePackages(project: Project): WorkspacePackage[] {
  const packages: WorkspacePackage[] = [];
  for (const path of project.paths) {
    const folder = /^((?:libs|services|tools)\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    const { name, exports } = readJson(project, path);
    if (typeof name === 'string') packages.push({ name, folder, exported: keys(exports) });
  }
  return packages;
}

export function rootPackage(project: Project): RootPackage {
  const root = readJson(project, 'package.json');
  return {
    scripts: new Set(keys(root['scripts'])),
    dependencies: new Set(keys(root['dependencies'])),
    devDependencies: new Set(keys(root['devDependencies'])),
  };
}
