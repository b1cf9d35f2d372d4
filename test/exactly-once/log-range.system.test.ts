import { LogRangeError } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, until } from './arena.ts';
import { StartedRunner } from './started.ts';
import { sumsStage } from './sums-stage.ts';

async function committedArena(records: number): Promise<Arena> {
  const arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  arena.feed(records);
  await using runner = new StartedRunner(arena);
  expect(await arena.differences()).toEqual([]);
  await runner.stop();
  return arena;
}

async function deleteBelow(arena: Arena, topic: string, offset: number): Promise<void> {
  // kafkajs looks for the leaders before it asks for them; this makes it know them.
  await arena.admin.fetchTopicOffsets(arena.prefix + topic);
  await arena.admin.deleteTopicRecords({
    topic: arena.prefix + topic,
    partitions: [{ partition: 0, offset: String(offset) }],
  });
}

test('a log that begins after the committed offset stops the stage, which says what to do', async () => {
  await using arena = await committedArena(100);
  arena.feed(100);
  await arena.flush();
  await deleteBelow(arena, 'in.left', 60);
  const before = await arena.actual();
  await using runner = new StartedRunner(arena);
  const failure = await runner.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(LogRangeError);
  expect(String(failure)).toMatch(
    /in\.left\[0\] begins at offset 60, but sums needs it from 50 on.*[Rr]eplay/s,
  );
  expect(await arena.actual()).toEqual(before);
});

test('a log that begins at the committed offset is enough', async () => {
  await using arena = await committedArena(100);
  const before = await arena.actual();
  arena.feed(2);
  await arena.flush();
  await deleteBelow(arena, 'in.left', 50);
  await deleteBelow(arena, 'in.right', 50);
  await using runner = new StartedRunner(arena);
  await until('the new records are folded', async () => {
    const { committedOffsets } = runner.status.tasks[0] ?? {};
    return committedOffsets?.['in.left'] === 51 && committedOffsets['in.right'] === 51;
  });
  // The sums went on from the snapshot: the outputs of before are a beginning of those of now.
  for (const [place, lines] of await arena.actual()) {
    const old = before.get(place) ?? [];
    expect(lines.slice(0, old.length)).toEqual(old);
    expect(lines[old.length]).toMatch(/"count":[5-6]/);
  }
});

test('records deleted under a slow task are not skipped', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  const released = Promise.withResolvers<void>();
  const stage = sumsStage({ prepare: () => released.promise });
  await using runner = new StartedRunner(arena, { stage, queueRecords: 20 });
  await runner.untilRunning(1);
  // More than one fetch holds, so that the full queue cannot have seen it all.
  for (let part = 0; part < 20; part++) {
    arena.feed(50);
    await arena.flush();
  }
  await deleteBelow(arena, 'in.left', 450);
  await deleteBelow(arena, 'in.right', 450);
  released.resolve();
  await expect(runner.done).rejects.toBeInstanceOf(LogRangeError);
  // What was committed is a beginning of the right outputs: nothing was folded beyond the hole.
  const lines = [...(await arena.actual()).values()].flat();
  expect(lines.every((line) => Number(/from=(\d+)/.exec(line)?.[1] ?? 0) < 450)).toBe(true);
});

test('a log that ends before the committed offset stops the stage', { timeout: 60_000 }, async () => {
  await using arena = await committedArena(100);
  await arena.recreate('in.left');
  await using runner = new StartedRunner(arena);
  await expect(runner.done).rejects.toThrow(/in\.left\[0\] ends at offset 0, but sums has read up to 50/);
});
