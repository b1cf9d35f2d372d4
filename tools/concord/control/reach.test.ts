import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { placeOf, requireClusterReachable, requireReachable } from './reach.ts';

/** The head of an answer that names one broker: its length, its number, no time to wait, the count. */
const ONE_BROKER = Buffer.from('0000000c000000010000000000000001', 'hex');
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

/** Address of something that takes connections, and ends them unless told otherwise. */
async function listening(
  serve: (socket: Socket) => void = (socket) => void socket.destroy(),
): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('one address of several that answers is enough', async () => {
  await requireReachable('Kafka', 'KAFKA_BROKERS', ['127.0.0.1:1', await listening()]);
});

test('what does not answer is named with its address, its variable and what to do', async () => {
  await expect(requireReachable('Kafka', 'KAFKA_BROKERS', ['127.0.0.1:1'], 0)).rejects.toThrow(
    /^Kafka does not answer at 127\.0\.0\.1:1 \(KAFKA_BROKERS\): .*ECONNREFUSED.* npm start without KAFKA_BROKERS/,
  );
});

test('brokers and registry are both asked for', async () => {
  const kafka = await listening((socket) => socket.on('data', () => socket.end(ONE_BROKER)));
  const registry = `http://${await listening((socket) => socket.on('data', () => socket.end(NOT_FOUND)))}/apis`;
  await requireClusterReachable([kafka], registry, 0);
  await expect(requireClusterReachable([kafka], 'http://127.0.0.1:1', 0)).rejects.toThrow(
    /^The schema registry does not answer at http:\/\/127\.0\.0\.1:1 \(SCHEMA_REGISTRY_URL\): .*ECONNREFUSED/,
  );
  await expect(requireClusterReachable(['127.0.0.1:1'], registry, 0)).rejects.toThrow(
    /^Kafka does not answer at 127\.0\.0\.1:1 .*ECONNREFUSED/,
  );
  const mute = await listening();
  await expect(requireClusterReachable([mute], registry, 0)).rejects.toThrow(
    `Kafka does not answer at ${mute} (KAFKA_BROKERS): what listens there does not answer as a broker does.`,
  );
  await expect(requireClusterReachable([kafka], `http://${mute}`, 0)).rejects.toThrow(
    `The schema registry does not answer at http://${mute} (SCHEMA_REGISTRY_URL): what listens there does not answer by HTTP.`,
  );
});

test('an address without a port has that of its protocol', () => {
  expect(['http://a/x', 'https://a', 'http://a:8081/y'].map(placeOf)).toEqual(['a:80', 'a:443', 'a:8081']);
});
