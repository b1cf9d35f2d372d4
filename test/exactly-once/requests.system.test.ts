import { createKafka, readCommitted } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, logger } from './arena.ts';

test('who coordinates a transaction is not asked again', async () => {
  const connection = { brokers: inject('kafkaBrokers') };
  await using arena = await Arena.create(connection, 1);
  const { kafka, destroy } = createKafka(connection, logger);
  const producer = kafka.producer({ transactionalId: `${arena.prefix}requests`, maxInFlightRequests: 1 });
  const requests: string[] = [];
  producer.on('producer.network.request', ({ payload }) => requests.push(payload.apiName));
  try {
    await producer.connect();
    for (let n = 0; n < 3; n++) {
      requests.push('begin');
      const transaction = await producer.transaction();
      await transaction.send({
        topic: `${arena.prefix}out.left`,
        messages: [{ partition: 0, value: String(n) }],
      });
      await transaction.commit();
    }
  } finally {
    await producer.disconnect();
    destroy();
  }
  const later = requests.slice(requests.indexOf('begin', 1 + requests.indexOf('begin')));
  expect(later.filter((name) => name === 'begin' || name === 'EndTxn')).toEqual(
    Array(2).fill(['begin', 'EndTxn']).flat(),
  );
  expect(later).not.toContain('GroupCoordinator');
});

test('a reader fetches at most every ten milliseconds, however often something is written', async () => {
  const connection = { brokers: inject('kafkaBrokers') };
  await using arena = await Arena.create(connection, 1);
  const { kafka, destroy } = createKafka(connection, logger);
  const producer = kafka.producer();
  await producer.connect();
  await using reader = await readCommitted({
    kafka: connection,
    topics: ['in.left'],
    prefix: arena.prefix,
    logger,
    from: 'beginning',
  });
  const write = (value: string) =>
    producer.send({ topic: `${arena.prefix}in.left`, messages: [{ partition: 0, value }] });
  const writeMany = async () => {
    for (let n = 0; n < 300; n++) await write(String(n));
  };
  let fetches = 0;
  let sameTurn = false;
  let records = 0;
  let tookMs = 0;
  try {
    await write('first');
    let writing: Promise<void> | undefined;
    let firstAtMs: number | undefined;
    for await (const _ of reader) {
      writing ??= writeMany();
      firstAtMs ??= performance.now();
      // What one fetch brought is read without a turn of the event loop in between.
      if (!sameTurn) fetches++;
      sameTurn = true;
      setImmediate(() => (sameTurn = false));
      tookMs = performance.now() - firstAtMs;
      if (++records === 301) break;
    }
    await writing;
  } finally {
    await producer.disconnect();
    destroy();
  }
  // A timer may be early by a part of a millisecond.
  expect(fetches).toBeLessThanOrEqual(2 + tookMs / 9.5);
  expect(fetches).toBeGreaterThan(2);
});
