import { createKafka, type KafkaConnection } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, logger } from './arena.ts';
import { slowedDown } from './client-quota.ts';
import { StartedRunner } from './started.ts';
import { INPUTS } from './sums-stage.ts';

const PARTITIONS = 2;
/** The broker counts over ten seconds: it slows down who has sent ten times as much in less. */
const BYTES_PER_SECOND = 20_000;
const MESSAGE_BYTES = 40_000;

async function slowArena(clientId: string): Promise<{ arena: Arena; slow: KafkaConnection }> {
  const arena = await Arena.create({ brokers: inject('kafkaBrokers') }, PARTITIONS);
  return { arena, slow: { ...arena.kafka, clientId } };
}

test('requests that wait because the broker slows a client down are sent when they may be', async () => {
  const { arena, slow } = await slowArena('slow-sender');
  await using _ = arena;
  await using _quota = await slowedDown(slow.brokers, 'slow-sender', BYTES_PER_SECOND);
  const { kafka, destroy } = createKafka(slow, logger);
  const producer = kafka.producer({ createPartitioner: () => () => 0 });
  let waiting = 0;
  producer.on(producer.events.REQUEST_QUEUE_SIZE, ({ payload }) => {
    waiting = Math.max(waiting, payload.queueSize);
  });
  await producer.connect();
  const topic = arena.prefix + (INPUTS[0] ?? '');
  const messages = [{ partition: 0, value: Buffer.alloc(MESSAGE_BYTES) }];
  const offsets: string[] = [];
  for (let round = 0; round < 4; round++) {
    const sent = await Promise.all([producer.send({ topic, messages }), producer.send({ topic, messages })]);
    offsets.push(...sent.flatMap(([answer]) => answer?.baseOffset ?? 'none'));
  }
  expect(waiting).toBeGreaterThan(0);
  expect(offsets.map(Number).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await producer.disconnect();
  destroy();
});

test('a stage that the broker slows down loses nothing and doubles nothing', async () => {
  const { arena, slow } = await slowArena('slow-stage');
  await using _ = arena;
  await using runner = new StartedRunner(arena, { kafka: slow });
  await runner.untilRunning(PARTITIONS);
  {
    await using _quota = await slowedDown(slow.brokers, 'slow-stage', BYTES_PER_SECOND);
    await arena.feedFor(4_000, 1_000);
  }
  expect(await arena.differences()).toEqual([]);
  expect(runner.losses).toEqual([]);
});
