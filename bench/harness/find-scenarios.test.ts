import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findScenarios } from './find-scenarios.ts';

test('scenarios are found by their files, and a script is not run by looking for them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'scenarios'));
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
  write('main.ts', 'throw new Error("run");\n');
  write('old.ts', 'throw new Error("run");\n');
  write('codec.ts', "export const scenario = { says: 'codec', run: () => [] };\n");
  write('codec.test.ts', 'throw new Error("run");\n');
  write('scenarios/soak.ts', "export const scenario = { says: 'soak', run: () => [] };\n");
  const found = await findScenarios(folder);
  expect([...found].map(([name, { says }]) => [name, says])).toEqual([
    ['codec', 'codec'],
    ['old', 'a script that prints its figures itself'],
    ['soak', 'soak'],
  ]);
});
