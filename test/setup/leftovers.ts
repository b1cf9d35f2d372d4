import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFolderHeld } from '@concord/local';

const ABANDONED_MS = 24 * 3_600_000;

/**
 * Removes what earlier runs left because they were killed: folders that parts ran in and that no living process holds. A folder without an owner
 * may be somebody's who has not begun yet; after a day it is nobody's.
 */
export function removeLeftovers(runs: string): void {
  for (const name of readdirSync(runs)) {
    const dir = join(runs, name);
    if (isFolderHeld(dir)) continue;
    const isAbandoned =
      existsSync(join(dir, 'owner.lock')) || Date.now() - statSync(dir).mtimeMs > ABANDONED_MS;
    if (isAbandoned) rmSync(dir, { recursive: true, force: true });
  }
}
