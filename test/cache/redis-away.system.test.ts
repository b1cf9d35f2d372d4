import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startParts, type Parts } from '@concord/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAME, openReader, ownPrefix, quoteOf, runCache } from './snapshots.ts';

describe('while Redis is away', () => {
  let parts: Parts;
  const dir = mkdtempSync(join(tmpdir(), 'concord-redis-away-'));

  beforeAll(async () => {
    parts = await startParts({ dir, brokers: 0, registry: false });
  });
  afterAll(async () => {
    await parts[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  it('snapshots are taken without waiting, and the newest of each stream is there after it came back empty', async (test) => {
    const { redis, redisUrl: url } = parts;
    if (redis === undefined) return test.skip('REDIS_URL names a Redis that is not this test’s to restart');
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    const { cache } = running;
    const eth = { ...NAME, instrument: 'ETH-USDT' };
    cache.put('consensus.quotes', quoteOf(1));
    cache.put('consensus.quotes', { ...quoteOf(1), instrument: 'ETH-USDT' });
    await expect.poll(() => cache.pending).toBe(0);
    await redis.kill();
    await expect.poll(() => cache.connected).toBe(false);
    for (let sequence = 2; sequence <= 50_000; sequence++) cache.put('consensus.quotes', quoteOf(sequence));
    expect(cache.pending).toBe(1);
    // Its append-only file would bring everything back.
    for (const entry of readdirSync(join(dir, 'redis'))) {
      if (entry.startsWith('append')) rmSync(join(dir, 'redis', entry), { recursive: true });
    }
    await redis.restart();
    await using reader = await openReader({ url, prefix });
    await expect.poll(async () => (await reader.read(NAME))?.sequence).toBe(50_000);
    // Written before the loss and not since: without the rewriting it would be missing until its next record.
    await expect.poll(async () => (await reader.read(eth))?.sequence).toBe(1);
  });

  it('a Redis that hangs holds nobody up, and gets the newest when it goes on', async (test) => {
    const { redis, redisUrl: url } = parts;
    if (redis === undefined) return test.skip('REDIS_URL names a Redis that is not this test’s to pause');
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    const { cache } = running;
    cache.put('consensus.quotes', quoteOf(1));
    await expect.poll(() => cache.pending).toBe(0);
    redis.pause();
    try {
      for (let sequence = 2; sequence <= 1_000; sequence++) cache.put('consensus.quotes', quoteOf(sequence));
      // The batch on its way is given up for lost after two seconds.
      const failures = (): Promise<number> => running.figure('concord_snapshot_failures_total');
      await expect.poll(() => failures()).toBeGreaterThan(0);
      await expect.poll(() => running.health.ready).toBe(false);
      expect(JSON.stringify(running.health)).toMatch(
        /Redis at redis:.* cannot be used \(it does not answer\)/,
      );
    } finally {
      redis.resume();
    }
    await using reader = await openReader({ url, prefix });
    await expect.poll(async () => (await reader.read(NAME))?.sequence).toBe(1_000);
    await expect.poll(() => running.health.ready).toBe(true);
  });

  it('a cache that never reached it drains at once when asked to stop', async () => {
    const started = performance.now();
    {
      await using running = runCache({ url: 'redis://127.0.0.1:1', prefix: ownPrefix() });
      running.cache.put('consensus.quotes', quoteOf(1));
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('listeners hear again after its return', async (test) => {
    const { redis, redisUrl: url } = parts;
    if (redis === undefined) return test.skip('REDIS_URL names a Redis that is not this test’s to restart');
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    await using reader = await openReader({ url, prefix });
    let heard = 0;
    let ready = 0;
    await reader.listen(
      NAME,
      () => heard++,
      () => ready++,
    );
    await redis.restart();
    await expect.poll(() => ready).toBeGreaterThan(1);
    running.cache.put('consensus.quotes', quoteOf(1));
    await expect.poll(() => heard).toBe(1);
  });
});
