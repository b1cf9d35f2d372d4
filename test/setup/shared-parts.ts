import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startParts, storeRoot } from '@concord/local';
import { removeLeftovers } from './leftovers.ts';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  /** Addresses of the parts that all system tests share; each test keeps to topics, keys and subjects of its own. */
  export interface ProvidedContext {
    kafkaBrokers: string[];
    registryUrl: string;
    redisUrl: string;
  }
}

/** Starts one broker, one registry and one Redis before the first system test and ends them, with their data, after the last. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const runs = join(storeRoot, 'test');
  mkdirSync(runs, { recursive: true });
  removeLeftovers(runs);
  const dir = mkdtempSync(join(runs, 'shared-'));
  const onProgress = (line: string): boolean => process.stderr.write(`concord: ${line}\n`);
  const parts = await startParts({ dir, onProgress });
  project.provide('kafkaBrokers', parts.kafkaBrokers);
  project.provide('registryUrl', parts.registryUrl);
  project.provide('redisUrl', parts.redisUrl);
  return async () => {
    await parts[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  };
}
