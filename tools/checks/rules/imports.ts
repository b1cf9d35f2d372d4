import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { rootPackage, workspacePackages, type RootPackage, type WorkspacePackage } from '../packages.ts';
import type { Project } from '../project.ts';
import type { Rule } from '../rule.ts';
import type { Source } from '../source.ts';

/** What each package may import; `services` and `tools` stand for all in those folders. Imports run one way. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'libs/model': [],
  'libs/runtime': ['model'],
  'libs/codec': ['model', 'runtime'],
  'libs/kafka': ['model', 'runtime', 'codec'],
  'libs/cache': ['model', 'runtime', 'codec'],
  'libs/sources': ['model', 'runtime', 'codec', 'kafka', 'cache'],
  'libs/quality': ['model', 'runtime', 'codec'],
  'libs/fusion': ['model', 'runtime', 'codec'],
  'libs/testkit': ['model', 'runtime', 'codec', 'kafka', 'cache', 'sources', 'quality', 'fusion', 'local'],
  services: ['model', 'runtime', 'codec', 'kafka', 'cache', 'sources', 'quality', 'fusion'],
};
/** The rules and the strategies are pure, so they reach for no connection. */
const PURE = /^libs\/(model|quality|fusion)\//;
const CONNECTIONS = new Set(['ioredis', 'kafkajs', 'ws', 'undici', '@stoqey/ib']);

/** Belongs to no package: it runs before any is installed. */
const BOOT = 'tools/boot.mjs';

interface World {
  readonly project: Project;
  readonly packages: readonly WorkspacePackage[];
  readonly root: RootPackage;
}

export const imports: Rule = {
  name: 'imports',
  promise: 'imports run one way, through what a package exports, and to declared dependencies',
  *find(project) {
    const world: World = { project, packages: workspacePackages(project), root: rootPackage(project) };
    for (const source of project.sources()) {
      for (const { specifier, line } of source.imports) {
        const message = judge(world, source, specifier);
        if (message !== undefined) yield { path: source.path, line, message };
      }
    }
  },
};

function packageFolder(path: string): string {
  return /^(libs|services|tools)\/[^/]+(?=\/)/.exec(path)?.[0] ?? '';
}

function judge(world: World, source: Source, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return judgeRelative(source, specifier);
  if (specifier.startsWith('node:')) return undefined;
  if (isBuiltin(specifier)) return `${specifier} is written node:${specifier}`;
  const target = world.packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (target !== undefined) return judgeWorkspace(source, specifier, target);
  return judgeExternal(world, source, specifier);
}

function judgeRelative(source: Source, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(source.path), specifier);
  const own = packageFolder(source.path);
  const other = packageFolder(target);
  if (/\/testing\//.test(target) && !source.isTest) return `${specifier} is for tests alone`;
  if (own === other || target === BOOT || (own === '' && !/^(libs|services)\//.test(target)))
    return undefined;
  return `${specifier} leaves its package; import @concord/${other.split('/')[1] ?? '…'}`;
}

function judgeWorkspace(source: Source, specifier: string, target: WorkspacePackage): string | undefined {
  const entry = `.${specifier.slice(target.name.length)}`;
  if (!target.exported.includes(entry)) return `${specifier} is not among the exports of ${target.name}`;
  const own = packageFolder(source.path);
  if (own === target.folder) return `${specifier} is the file's own package; import the file`;
  const short = target.folder.split('/')[1] ?? '';
  if (short === 'testkit') return source.isTest ? undefined : 'testkit is for tests alone';
  const allowed = ALLOWED[own] ?? ALLOWED[own.split('/')[0] ?? ''];
  if (allowed === undefined || allowed.includes(short)) return undefined;
  return `${own} may not import ${target.name}: imports run one way`;
}

function judgeExternal({ root }: World, source: Source, specifier: string): string | undefined {
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  if (!source.isTest && PURE.test(source.path) && CONNECTIONS.has(name))
    return `pure code opens no connection: ${name}`;
  if (root.dependencies.has(name)) return undefined;
  if (!root.devDependencies.has(name)) return `${name} is not among the dependencies of package.json`;
  const isProduct = /^(libs|services)\//.test(source.path) && !source.isTest;
  return isProduct ? `${name} is a development dependency, and the product runs without those` : undefined;
}
