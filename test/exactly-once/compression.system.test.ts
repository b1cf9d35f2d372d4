import { createKafka, ensureTopics, topicSpecs, type InputRecord } from '@concord/kafka';
import { CompressionCodecs, CompressionTypes, ConfigResourceTypes } from 'kafkajs';
import { beforeAll, expect, inject, test } from 'vitest';
import { Arena, logger } from './arena.ts';
import { StartedRunner } from './started.ts';
import { sumsStage } from './sums-stage.ts';

const TOPIC = 'raw.trades';

/**
 * An LZ4 frame of stored blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md): magic number, version 01 with independent blocks of at
 * most 64 KB, the header's checksum, one block whose highest length bit says "not compressed", and the end mark.
 */
function lz4Frame(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE((data.length | 0x8000_0000) >>> 0);
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), length, data, Buffer.alloc(4)]);
}

/** kafkajs' own, which it does not export, is known by its name. */
class KafkaJSNotImplemented extends Error {
  override readonly name = 'KafkaJSNotImplemented';
}

beforeAll(() => {
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(lz4Frame(buffer)),
    decompress: () => Promise.reject(new KafkaJSNotImplemented('LZ4 compression not implemented')),
  });
});

async function sendCompressed(arena: Arena, compression: CompressionTypes): Promise<void> {
  const { kafka, destroy } = createKafka(arena.kafka, logger);
  const producer = kafka.producer({ retry: { retries: 0 } });
  try {
    await producer.connect();
    const messages = ['a', 'b', 'c'].map((value) => ({ value: value.repeat(2_000), partition: 0 }));
    await producer.send({ topic: arena.prefix + TOPIC, compression, messages });
  } finally {
    await producer.disconnect();
    destroy();
  }
}

async function settle(arena: Arena): Promise<void> {
  const specs = topicSpecs({ prefix: arena.prefix, partitions: 1, replication: 1, past: false });
  await ensureTopics(
    arena.admin,
    specs.filter(({ topic }) => topic.endsWith(TOPIC)),
  );
}

const initials = (records: readonly InputRecord[] | undefined): string[] | undefined =>
  records?.map(({ value }) => value?.subarray(0, 1).toString() ?? '');

test('what a producer has compressed in a way that is not read here reaches the log uncompressed', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await settle(arena);
  for (const compression of [CompressionTypes.LZ4, CompressionTypes.GZIP])
    await sendCompressed(arena, compression);
  const records = await arena.read([TOPIC]);
  expect(initials(records.get(`${TOPIC}[0]`))).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('a topic that lets every compression in is corrected and keeps its other settings', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  const topic = arena.prefix + TOPIC;
  const given = [{ name: 'retention.ms', value: '86400000' }];
  await arena.admin.createTopics({ waitForLeaders: true, topics: [{ topic, configEntries: given }] });
  await settle(arena);
  await sendCompressed(arena, CompressionTypes.LZ4);
  expect(initials((await arena.read([TOPIC])).get(`${TOPIC}[0]`))).toEqual(['a', 'b', 'c']);
  const resources = [
    { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms', 'segment.ms'] },
  ];
  const described = await arena.admin.describeConfigs({ includeSynonyms: false, resources });
  const values = described.resources[0]?.configEntries.map(({ configName, configValue }) => [
    configName,
    configValue,
  ]);
  // Of what set-up would give a new topic, an existing one gets the compression alone.
  expect(Object.fromEntries(values ?? [])).toEqual({ 'retention.ms': '86400000', 'segment.ms': '604800000' });
});

test('a batch that cannot be read is told of as what it is, and reading it ends', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await arena.admin.createTopics({ waitForLeaders: true, topics: [{ topic: arena.prefix + TOPIC }] });
  await sendCompressed(arena, CompressionTypes.LZ4);
  const failure = { code: 'unreadable-batch', fate: 'fatal', message: expect.stringContaining('LZ4') };
  await expect(arena.read([TOPIC])).rejects.toMatchObject(failure);
  const stage = { ...sumsStage(), inputs: [TOPIC], outputs: [] };
  await using runner = new StartedRunner(arena, { stage });
  await expect(runner.done).rejects.toMatchObject(failure);
});
