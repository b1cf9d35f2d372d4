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
  const preparing = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const prepare = (): Promise<void> => {
    preparing.resolve();
    return released.promise;
  };
  await using runner = new StartedRunner(arena, { stage: sumsStage({ prepare }), queueRecords: 20 });
  await runner.untilRunning(1);
  arena.feed(20);
  await preparing.promise;
  // The task rests over what it took; what comes now fills its queue, and the rest is left in the log.
  arena.feed(80);
  await until('the queue is full', () => (runner.status.tasks[0]?.queued ?? 0) >= 20);
  arena.feed(900);
  await arena.flush();
  const undisturbed = await arena.expected();
  await deleteBelow(arena, 'in.left', 450);
  await deleteBelow(arena, 'in.right', 450);
  released.resolve();
  await expect(runner.done).rejects.toBeInstanceOf(LogRangeError);
  for (const [place, lines] of await arena.actual())
    expect(lines).toEqual(undisturbed.get(place)?.slice(0, lines.length));
});

test('a log that ends before the committed offset stops the stage', async () => {
  await using arena = await committedArena(100);
  await arena.recreate('in.left');
  await using runner = new StartedRunner(arena);
  await expect(runner.done).rejects.toThrow(/in\.left\[0\] ends at offset 0, but sums has read up to 50/);
});
