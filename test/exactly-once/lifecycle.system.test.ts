import { StageBrokenError, TopicMismatchError } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, clock, until } from './arena.ts';
import { ProxiedBrokers } from './proxied.ts';
import { StartedRunner } from './started.ts';
import { SumsFold, sumsStage } from './sums-stage.ts';

function createArena(partitions = 1): Promise<Arena> {
  return Arena.create({ brokers: inject('kafkaBrokers') }, partitions);
}

test('a stop commits what was folded and saves the state, so that the next start repeats nothing', async () => {
  await using arena = await createArena();
  await using first = new StartedRunner(arena, { snapshotEveryMs: 600_000 });
  arena.feed(500);
  expect(await arena.differences()).toEqual([]);
  await first.stop();
  const repeated: number[] = [];
  class Counting extends SumsFold {
    override apply(...args: Parameters<SumsFold['apply']>): void {
      repeated.push(args[0].offset);
      super.apply(...args);
    }
  }
  await using second = new StartedRunner(arena, {
    stage: sumsStage({ createFold: (topic) => new Counting(topic) }),
  });
  await second.untilRunning(1);
  expect(second.status.tasks[0]?.committedOffsets).toEqual({ 'in.left': 250, 'in.right': 250 });
  arena.feed(2);
  expect(await arena.differences()).toEqual([]);
  expect(repeated).toEqual([250, 250]);
});

test('a fold that throws stops the stage, and nothing of its record is committed', async () => {
  await using arena = await createArena();
  class Breaking extends SumsFold {
    override apply(...[record, emit]: Parameters<SumsFold['apply']>): void {
      super.apply(record, emit);
      if (record.offset === 30) throw new TypeError('a defect');
    }
  }
  await using runner = new StartedRunner(arena, {
    stage: sumsStage({ createFold: (topic) => new Breaking(topic) }),
  });
  await runner.untilRunning(1);
  arena.feed(100);
  await expect(runner.done).rejects.toThrow(StageBrokenError);
  await expect(runner.done).rejects.toThrow(/sums failed at in\.\w+\[0\] offset 30: TypeError: a defect/);
  await using mended = new StartedRunner(arena);
  expect(await arena.differences()).toEqual([]);
  expect(mended.losses).toEqual([]);
});

test('an output to a topic that was not declared stops the stage', async () => {
  await using arena = await createArena();
  await using runner = new StartedRunner(arena, { stage: sumsStage({ outputs: ['out.right'] }) });
  arena.feed(10);
  await expect(runner.done).rejects.toThrow(/emitted to out\.left, which it has not declared/);
});

test('an output that the brokers will never take stops the stage instead of being tried for ever', async () => {
  await using arena = await createArena();
  const future = clock.nowMs() + 10 * 365 * 86_400_000;
  const tooLarge = Buffer.alloc(20_000_000);
  const stage = sumsStage({
    createFold: () => ({
      apply: (record, emit) =>
        emit({ topic: 'out.left', key: null, value: tooLarge, timestampMs: record.offset + future }),
      changes: () => [],
      entries: () => [],
      restore: () => undefined,
    }),
  });
  await using runner = new StartedRunner(arena, { stage });
  arena.feed(1);
  await expect(runner.done).rejects.toThrow(/brokers will never take/);
});

test('topics with another partition count, and missing ones, are refused', async () => {
  await using arena = await createArena(2);
  await using wrong = new StartedRunner(arena, { partitions: 3 });
  await expect(wrong.done).rejects.toThrow(TopicMismatchError);
  await using missing = new StartedRunner(arena, { stage: sumsStage({ name: 'other' }) });
  await expect(missing.done).rejects.toThrow(/state\.other does not exist/);
});

test('ticks go into the own partition of every running task once a second', async () => {
  await using arena = await createArena(2);
  const stage = sumsStage({
    ticks: (partition, nowMs) => [
      { topic: 'in.left', headers: { marker: 'clock', at: `${partition} ${nowMs}` }, timestampMs: nowMs },
    ],
  });
  await using runner = new StartedRunner(arena, { stage });
  await runner.untilRunning(2);
  await until('each partition has two ticks', async () => {
    const records = await arena.read(['in.left']);
    return [0, 1].every((partition) => {
      const ticks = records.get(`in.left[${partition}]`) ?? [];
      return ticks.filter(({ headers }) => headers['at']?.toString().startsWith(`${partition} `)).length >= 2;
    });
  });
});

test('a batch waits for a prepare that fails, and a hook that throws harms nobody', async () => {
  await using arena = await createArena();
  let refusals = 3;
  const stage = sumsStage({
    prepare: () => (refusals-- > 0 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
    committed: () => {
      throw new Error('a hook');
    },
  });
  await using runner = new StartedRunner(arena, { stage });
  arena.feed(200);
  expect(await arena.differences()).toEqual([]);
  expect(runner.losses).toEqual([]);
});

test('brokers that are away at the start are waited for', async () => {
  await using arena = await createArena();
  await using proxied = await ProxiedBrokers.create(arena.kafka.brokers);
  proxied.refuse(true);
  await using runner = new StartedRunner(arena, { kafka: proxied.kafka });
  arena.feed(50);
  await clock.sleep(2_000);
  expect(runner.status.joined).toBe(false);
  proxied.refuse(false);
  expect(await arena.differences()).toEqual([]);
});

test('a stop while the brokers are away ends in time', async () => {
  await using arena = await createArena();
  await using proxied = await ProxiedBrokers.create(arena.kafka.brokers);
  await using runner = new StartedRunner(arena, { kafka: proxied.kafka, stopTimeoutMs: 1_000 });
  await runner.untilRunning(1);
  proxied.refuse(true);
  proxied.spoil(() => 0);
  arena.feed(50);
  await until('the group is lost', () => !runner.status.joined);
  const stopMs = clock.monotonicMs();
  await runner.stop();
  expect(clock.monotonicMs() - stopMs).toBeLessThan(8_000);
});
