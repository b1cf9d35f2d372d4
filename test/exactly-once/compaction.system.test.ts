import { expect, inject, test } from 'vitest';
import { Arena, until } from './arena.ts';
import { StartedRunner } from './started.ts';

async function snapshotsIn(arena: Arena): Promise<number> {
  const records = (await arena.read(['state.sums'])).get('state.sums[0]') ?? [];
  return records.filter(({ key }) => key?.toString() === 'snapshot').length;
}

test('a takeover finds the whole state after the broker has compacted it', { timeout: 180_000 }, async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await using first = new StartedRunner(arena, { snapshotEveryMs: 50 });
  await arena.feedFor(4_000, 1_000);
  expect(await arena.differences()).toEqual([]);
  await first.stop();
  const before = await snapshotsIn(arena);
  expect(before).toBeGreaterThan(20);
  // The broker's cleaner comes by every 15 s unless told.
  await until('the state topic is compacted', async () => (await snapshotsIn(arena)) < before / 2, 90_000);
  await using second = new StartedRunner(arena);
  await arena.feedFor(500, 1_000);
  expect(await arena.differences()).toEqual([]);
  expect(second.losses).toEqual([]);
});
