import type { Json } from '@concord/codec';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { NAME, openReader, ownPrefix, quoteOf, runCache } from './snapshots.ts';

const url = inject('redisUrl');
const sequenceIn = (value: Json): unknown => (value as { sequence: number }).sequence;

describe('the snapshot of a stream in Redis', () => {
  it('is the newest record as JSON with exact decimals, under the documented key', async () => {
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    running.cache.put('consensus.quotes', quoteOf(1));
    const redis = new Redis(url);
    try {
      const key = `concord:${prefix}snapshot:consensus.quotes:BTC-USDT`;
      await expect.poll(() => redis.exists(key)).toBe(1);
      const { value, ...fields } = await redis.hgetall(key);
      expect(fields).toEqual({ sequence: '1', logTime: '1767571200001000', method: 'CONSENSUS' });
      expect(JSON.parse(value ?? '')).toMatchObject({
        instrument: 'BTC-USDT',
        mid: '65000.005',
        confidence: '0.005',
        logTime: '2026-01-05T00:00:00.001000Z',
        average: null,
      });
    } finally {
      redis.disconnect();
    }
  });

  it('moves only forward, whatever is written', async () => {
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    await using reader = await openReader({ url, prefix });
    const sequence = async (): Promise<number | undefined> => (await reader.read(NAME))?.sequence;
    running.cache.put('consensus.quotes', quoteOf(7));
    await expect.poll(() => sequence()).toBe(7);
    running.cache.put('consensus.quotes', quoteOf(6));
    await expect.poll(() => running.figure('concord_snapshots_stale_total')).toBe(1);
    expect(await sequence()).toBe(7);
    running.cache.put('consensus.quotes', quoteOf(8));
    await expect.poll(() => sequence()).toBe(8);
  });

  it('follows a stream that starts anew from sequence 1 later in log time', async () => {
    const prefix = ownPrefix();
    await using running = runCache({ url, prefix });
    await using reader = await openReader({ url, prefix });
    running.cache.put('consensus.quotes', quoteOf(500));
    await expect.poll(async () => (await reader.read(NAME))?.sequence).toBe(500);
    const { logTime } = quoteOf(501);
    running.cache.put('consensus.quotes', { ...quoteOf(1, logTime), method: 'PRIORITY' });
    await expect.poll(async () => (await reader.read(NAME))?.method).toBe('PRIORITY');
  });

  it('is the highest sequence after two writers raced, and listeners saw only rises', async () => {
    const prefix = ownPrefix();
    await using left = runCache({ url, prefix });
    await using right = runCache({ url, prefix });
    await using reader = await openReader({ url, prefix });
    const heard: number[] = [];
    await reader.listen(NAME, (value) => heard.push(Number(sequenceIn(value))));
    const last = 2_000;
    for (let sequence = 1; sequence <= last; sequence++) {
      (sequence % 3 === 0 ? left : right).cache.put('consensus.quotes', quoteOf(sequence));
      // Both writers' pipelines interleave only when the loop lets them run.
      if (sequence % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => heard.at(-1)).toBe(last);
    expect((await reader.read(NAME))?.sequence).toBe(last);
    expect(heard.length).toBeGreaterThan(1);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(new Set(heard).size).toBe(heard.length);
  });

  it('is refused by a key of another type without holding up the others', async () => {
    const prefix = ownPrefix();
    const redis = new Redis(url);
    try {
      await redis.set(`concord:${prefix}snapshot:consensus.quotes:BTC-USDT`, 'not a hash');
      await using running = runCache({ url, prefix });
      await using reader = await openReader({ url, prefix });
      running.cache.put('consensus.quotes', quoteOf(1));
      running.cache.put('consensus.quotes', { ...quoteOf(1), instrument: 'ETH-USDT' });
      const other = { ...NAME, instrument: 'ETH-USDT' };
      await expect.poll(async () => (await reader.read(other))?.sequence).toBe(1);
      expect(await running.figure('concord_snapshot_failures_total')).toBe(1);
      expect(running.cache.pending).toBe(0);
    } finally {
      redis.disconnect();
    }
  });
});
