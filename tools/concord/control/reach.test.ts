import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { placeOf, requireClusterReachable, requireReachable } from './reach.ts';

async function listening(): Promise<string> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('one address of several that answers is enough', async () => {
  await requireReachable('Kafka', 'KAFKA_BROKERS', ['127.0.0.1:1', await listening()]);
});

test(
  'what does not answer is named with its address, its variable and what to do',
  { timeout: 30_000 },
  async () => {
    await expect(requireReachable('Kafka', 'KAFKA_BROKERS', ['127.0.0.1:1'], 0)).rejects.toThrow(
      /^Kafka does not answer at 127\.0\.0\.1:1 \(KAFKA_BROKERS\): .*ECONNREFUSED.* npm start without KAFKA_BROKERS/,
    );
  },
);

test('brokers and registry are both asked for', { timeout: 30_000 }, async () => {
  const place = await listening();
  await expect(requireClusterReachable([place], 'http://127.0.0.1:1', 0)).rejects.toThrow(
    /^The schema registry does not answer at 127\.0\.0\.1:1 \(SCHEMA_REGISTRY_URL\)/,
  );
  await expect(requireClusterReachable(['127.0.0.1:1'], `http://${place}`, 0)).rejects.toThrow(
    /^Kafka does not/,
  );
});

test(
  'what listens at an address and speaks of something else is told at once',
  { timeout: 30_000 },
  async () => {
    const place = await listening();
    await expect(requireClusterReachable([place], `http://${place}/apis`, 0)).rejects.toThrow(
      /^(Kafka|The schema registry) does not answer at .*: what listens there does not (speak its protocol|answer by HTTP)/,
    );
  },
);

test('an address without a port has that of its protocol', () => {
  expect(['http://a/x', 'https://a', 'http://a:8081/y'].map(placeOf)).toEqual(['a:80', 'a:443', 'a:8081']);
});
