import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeRoot } from '@concord/local';
import { expect, onTestFinished, test } from 'vitest';
import { removeLeftovers } from './leftovers.ts';

test('folders of dead owners and day-old ones go; those in use and those just begun stay', () => {
  const parent = join(storeRoot, 'test');
  mkdirSync(parent, { recursive: true });
  const runs = mkdtempSync(join(parent, 'unit-'));
  onTestFinished(() => rmSync(runs, { recursive: true, force: true }));
  for (const name of ['dead', 'old', 'begun']) mkdirSync(join(runs, name));
  writeFileSync(join(runs, 'dead', 'owner.lock'), '999999999 x:1\n');
  utimesSync(join(runs, 'old'), 0, 0);
  removeLeftovers(runs);
  expect(readdirSync(runs)).toEqual(['begun']);
});
