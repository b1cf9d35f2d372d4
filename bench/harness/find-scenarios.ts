import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

/** The scenarios of a folder by the names of their files; `main.ts` and tests are none. */
export async function findScenarios(folder: string): Promise<Map<string, Scenario>> {
  const found = new Map<string, Scenario>();
  for (const path of [folder, join(folder, 'scenarios')]) {
    if (!existsSync(path)) continue;
    for (const file of readdirSync(path).sort()) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file === 'main.ts') continue;
      const module: unknown = await import(join(path, file));
      if (hasScenario(module)) found.set(file.slice(0, -'.ts'.length), module.scenario);
    }
  }
  return found;
}

function hasScenario(module: unknown): module is { scenario: Scenario } {
  return typeof module === 'object' && module !== null && 'scenario' in module;
}
