import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

/**
 * The scenarios of a folder and of its `scenarios/` by the names of their files; `main.ts` and tests are none. A file that exports
 * no `scenario` is a script of its own: it is never imported, but run as it is when it is named.
 */
export async function findScenarios(folder: string): Promise<Map<string, Scenario>> {
  const found = new Map<string, Scenario>();
  for (const path of [folder, join(folder, 'scenarios')]) {
    if (!existsSync(path)) continue;
    for (const file of readdirSync(path).sort()) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file === 'main.ts') continue;
      found.set(file.slice(0, -'.ts'.length), await load(join(path, file)));
    }
  }
  return found;
}

async function load(file: string): Promise<Scenario> {
  if (!/^export const scenario\b/m.test(readFileSync(file, 'utf8'))) return script(file);
  const module = (await import(file)) as { readonly scenario: Scenario };
  return module.scenario;
}

function script(file: string): Scenario {
  return {
    says: 'a script that prints its figures itself',
    onRequest: true,
    run: async ({ signal }) => {
      const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'], signal });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`${file} ended with code ${code}`);
      return [];
    },
  };
}
