import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProject } from './project.ts';

test('what is installed, fetched or binary is not read, everything else is', () => {
  const root = mkdtempSync(join(tmpdir(), 'project-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ['libs/a', 'libs/a/node_modules/b', '.concord', '.ci']) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'file.ts'), 'a\n');
  }
  writeFileSync(join(root, 'picture.png'), Buffer.from([1, 0, 2]));
  const project = readProject(root);
  expect(project.paths).toEqual(['.ci/file.ts', 'libs/a/file.ts', 'picture.png']);
  expect(project.text('picture.png')).toBeUndefined();
  expect(project.has('libs')).toBe(true);
  expect([...project.sources()].map(({ path }) => path)).toEqual(['.ci/file.ts', 'libs/a/file.ts']);
});
