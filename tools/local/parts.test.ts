import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { holdFolder } from './folder.ts';
import { startPart, type PartPlan } from './part.ts';
import { startParts } from './parts.ts';
import { isAlive, startedAt } from './process-identity.ts';
import { scratchFolder } from './scratch-folder.ts';

afterEach(() => vi.unstubAllEnvs());

test('parts whose addresses are given are used and nothing is started or fetched', async () => {
  using folder = scratchFolder();
  vi.stubEnv('KAFKA_BROKERS', 'one:9092, two:9092');
  vi.stubEnv('SCHEMA_REGISTRY_URL', 'http://registry:8081');
  vi.stubEnv('REDIS_URL', 'redis://cache:6379');
  const storeDir = join(folder.path, 'store');
  await using parts = await startParts({ dir: join(folder.path, 'run'), storeDir });
  expect(parts.kafkaBrokers).toEqual(['one:9092', 'two:9092']);
  expect(parts.registryUrl).toBe('http://registry:8081');
  expect(parts.redisUrl).toBe('redis://cache:6379');
  expect(parts.brokers).toEqual([]);
  expect(existsSync(storeDir)).toBe(false);
});

function plan(dir: string, script: string, ready: () => boolean = () => true): PartPlan {
  return {
    name: 'sleeper',
    program: '/bin/sh',
    args: ['-c', script],
    port: 1,
    dir,
    ready: () => Promise.resolve(ready()),
    readyTimeoutMs: 5_000,
  };
}

test('a part that ends while it starts is reported with its exit code and its log', async () => {
  using folder = scratchFolder();
  await expect(startPart(plan(folder.path, 'exit 3', () => false))).rejects.toMatchObject({
    code: 'PART_NOT_STARTED',
    message: expect.stringMatching(/exit code 3.*logs/) as string,
  });
});

test('a part that is not ready in time is killed', async () => {
  using folder = scratchFolder();
  const never = { ...plan(folder.path, 'exec sleep 60', () => false), readyTimeoutMs: 200 };
  await expect(startPart(never)).rejects.toThrow('not ready within 0.2 s');
  expect(existsSync(join(folder.path, 'parts', 'sleeper.pid'))).toBe(false);
});

test('a part that ignores the request to stop is killed after the grace', async () => {
  using folder = scratchFolder();
  const stubborn = await startPart(plan(folder.path, "trap '' TERM; while :; do sleep 0.05; done"));
  const identity = { pid: stubborn.pid, started: startedAt(stubborn.pid) ?? '' };
  expect(isAlive(identity)).toBe(true);
  await stubborn.stop(100);
  expect(isAlive(identity)).toBe(false);
  await stubborn.stop();
});

test('a starting part is stopped when its caller gives up', async () => {
  using folder = scratchFolder();
  const abort = new AbortController();
  const ready = (): boolean => {
    abort.abort();
    return false;
  };
  await expect(startPart(plan(folder.path, 'exec sleep 60', ready), abort.signal)).rejects.toThrow('abort');
});

test('a process that has only the number of a former part is left alone', async () => {
  using folder = scratchFolder();
  mkdirSync(join(folder.path, 'parts'));
  writeFileSync(join(folder.path, 'parts', 'kafka-1.pid'), `${process.pid} another-boot:5\n`);
  const lock = await holdFolder(folder.path);
  expect(existsSync(join(folder.path, 'parts', 'kafka-1.pid'))).toBe(false);
  lock.release();
});
