import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isFolderHeld } from '@concord/local';

/**
 * Removes what earlier runs left because they were killed: folders that parts ran in and that no living process holds. Folders without an owner
 * are somebody's who has not begun yet.
 */
export function removeLeftovers(runs: string): void {
  for (const name of readdirSync(runs)) {
    const dir = join(runs, name);
    if (existsSync(join(dir, 'owner.lock')) && !isFolderHeld(dir))
      rmSync(dir, { recursive: true, force: true });
  }
}
