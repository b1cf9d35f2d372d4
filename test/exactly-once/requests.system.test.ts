import { createKafka } from '@concord/kafka';
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
