import { expect, inject, test } from 'vitest';
import { Arena, until } from './arena.ts';
import { StartedRunner } from './started.ts';

async function snapshotsIn(arena: Arena): Promise<number> {
  const records = (await arena.read(['state.sums'])).get('state.sums[0]') ?? [];
  return records.filter(({ key }) => key?.toString() === 'snapshot').length;
}

test('a takeover finds the whole state after the broker has compacted it', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await using first = new StartedRunner(arena, { snapshotEveryMs: 50 });
  await arena.feedFor(4_000, 1_000);
  // A slow machine needs longer, and the broker's cleaner, which comes by every 15 s, may have begun meanwhile.
  while (first.snapshots <= 20) await arena.feedFor(500, 1_000);
  expect(await arena.differences()).toEqual([]);
  await first.stop();
  const written = first.snapshots;
  await until('the state topic is compacted', async () => (await snapshotsIn(arena)) < written / 2, 90_000);
  await using second = new StartedRunner(arena);
  await arena.feedFor(500, 1_000);
  expect(await arena.differences()).toEqual([]);
  expect(second.losses).toEqual([]);
});
