import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { storeRoot } from './places.ts';

/** A folder for one test, below the ignored store, that goes with it. */
export function scratchFolder(): Disposable & { readonly path: string } {
  const parent = join(storeRoot, 'test');
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, 'unit-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
