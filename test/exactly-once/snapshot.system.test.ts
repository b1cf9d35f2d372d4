import { createKafka, StateUnreadableError } from '@concord/kafka';
import type { Message } from 'kafkajs';
import { expect, inject, test } from 'vitest';
import { Arena, logger, until } from './arena.ts';
import { StartedRunner } from './started.ts';
import { SumsFold, sumsStage } from './sums-stage.ts';

async function startedArena(): Promise<Arena> {
  const arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  arena.feed(900);
  await using runner = new StartedRunner(arena);
  expect(await arena.differences()).toEqual([]);
  await runner.stop();
  return arena;
}

/** Writes into the state topic behind the stage's back. */
async function tamper(arena: Arena, message: Message): Promise<void> {
  const { kafka, destroy } = createKafka(arena.kafka, logger);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: `${arena.prefix}state.sums`, messages: [{ ...message, partition: 0 }] });
  await producer.disconnect();
  destroy();
}

async function refusal(arena: Arena): Promise<string> {
  const before = await arena.actual();
  arena.feed(10);
  await arena.flush();
  await using runner = new StartedRunner(arena);
  const failure = await runner.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StateUnreadableError);
  expect(await arena.actual()).toEqual(before);
  return String(failure);
}

test('a snapshot that is no snapshot refuses the task', async () => {
  await using arena = await startedArena();
  await tamper(arena, { key: 'snapshot', value: 'garbage' });
  expect(await refusal(arena)).toContain('cannot be used');
});

test('a snapshot in a format of another version refuses the task', async () => {
  await using arena = await startedArena();
  await tamper(arena, { key: 'snapshot', value: JSON.stringify({ format: 99, offsets: {}, entries: 0 }) });
  expect(await refusal(arena)).toContain('its format is 99, this version reads 1');
});

test('a snapshot that lost an entry refuses the task', async () => {
  await using arena = await startedArena();
  await tamper(arena, { key: ['entry', 'in.left', 'key-4', '0'].join('\u0000'), value: null });
  expect(await refusal(arena)).toMatch(/the snapshot has \d+ entries and \d+ were found/);
});

test('an entry that lost a part of its value refuses the task', async () => {
  await using arena = await startedArena();
  await tamper(arena, { key: ['entry', 'in.right', 'big', '1'].join('\u0000'), value: null });
  expect(await refusal(arena)).toContain('part 1 of entry in.right/big is missing');
});

test('an entry that the fold cannot read refuses the task', async () => {
  await using arena = await startedArena();
  await tamper(arena, {
    key: ['entry', 'in.left', 'key-4', '0'].join('\u0000'),
    value: 'nonsense',
    headers: { parts: '1' },
  });
  expect(await refusal(arena)).toContain('cannot be used');
});

test('a lost state topic is not taken for a first start', async () => {
  await using arena = await startedArena();
  await arena.admin.setOffsets({
    groupId: `${arena.prefix}sums`,
    topic: `${arena.prefix}in.left`,
    partitions: [{ partition: 0, offset: '450' }],
  });
  await arena.recreate('state.sums');
  expect(await refusal(arena)).toContain('has read up to offset 450');
});

test('only what changed goes into a snapshot, and a restart finds all of it', async () => {
  await using arena = await startedArena();
  const restored: string[] = [];
  class Watched extends SumsFold {
    override restore(key: string, value: Buffer): void {
      restored.push(key);
      super.restore(key, value);
    }
  }
  const stage = sumsStage({ createFold: (topic) => new Watched(topic) });
  await using runner = new StartedRunner(arena, { stage });
  await runner.untilRunning(1);
  // 10 keys on each side, but for the deleted one; `big` is on the right.
  expect(new Set(restored)).toContain('big');
  expect(restored.length).toBeGreaterThanOrEqual(19);
  const before = (await arena.read(['state.sums'])).get('state.sums[0]')?.length ?? 0;
  arena.feed(1);
  expect(await arena.differences()).toEqual([]);
  await runner.stop();
  const added = (await arena.read(['state.sums'])).get('state.sums[0]')?.slice(before) ?? [];
  const entries = added.filter(({ key }) => key?.toString().startsWith('entry'));
  expect(entries.length).toBe(1);
});

test('a checkpoint holds the whole state between its begin and its end', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await using runner = new StartedRunner(arena, { checkpointEveryMs: 200 });
  // A busy machine folds what came meanwhile as one group, which makes one checkpoint.
  await until('two checkpoints', async () => {
    await arena.feedFor(200, 1_000);
    const written = (await arena.read(['checkpoints.sums'])).get('checkpoints.sums[0]') ?? [];
    return written.filter(({ key }) => key?.toString() === 'begin').length >= 2;
  });
  expect(await arena.differences()).toEqual([]);
  await runner.stop();
  const records = (await arena.read(['checkpoints.sums'])).get('checkpoints.sums[0]') ?? [];
  const keys = records.map(({ key }) => key?.toString() ?? '');
  const begin = keys.lastIndexOf('begin');
  const end = keys.lastIndexOf('end');
  const info = JSON.parse(records[begin]?.value?.toString() ?? '') as { entries: number };
  const whole = keys.slice(begin + 1, end).filter((key) => key.endsWith('\u00000'));
  expect(whole.length).toBe(info.entries);
  expect(records[end]?.value).toEqual(records[begin]?.value);
});
