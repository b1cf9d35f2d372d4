import {
  AVRO_TOPICS,
  createCodec,
  SCHEMAS,
  type AvroTopic,
  type Codec,
  type RecordByTopic,
} from '@concord/codec';
import type { AvroSchema } from '@concord/codegen';
import { arbitraryOf } from '@concord/codegen/arbitrary-record';
import { formatMicros } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import fc from 'fast-check';
import { Kafka, logLevel } from '@concord/kafka/client';
import { describe, expect, inject, it } from 'vitest';
import { pythonPackages, runPython, whyNoPython } from './python-packages.ts';

type AnyRecord = RecordByTopic[AvroTopic];

interface Line {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: unknown;
}

const PER_TOPIC = 25;
const SEED = 20_231_114;

/** What Python must have got for a value: decimals at the schema's full scale, times with their zone. */
function seenByPython(schema: AvroSchema, value: unknown, named = namedTypes(schema)): unknown {
  if (value === null) return null;
  if (Array.isArray(schema)) return seenByPython(schema[1] ?? 'null', value, named);
  if (typeof schema === 'string') {
    const type = named.get(schema);
    if (type !== undefined) return seenByPython(type, value, named);
    return schema === 'bytes' ? { bytes: Buffer.from(value as Uint8Array).toString('base64') } : value;
  }
  if ('logicalType' in schema) {
    if (schema.logicalType === 'decimal') return { decimal: atFullScale(value as bigint, schema.scale ?? 0) };
    return { datetime: formatMicros(value as number).replace('Z', '+00:00') };
  }
  if (schema.type === 'array')
    return (value as unknown[]).map((item) => seenByPython(schema.items, item, named));
  if (schema.type === 'enum') return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    schema.fields.map(({ name, type }) => [name, seenByPython(type, record[name], named)]),
  );
}

/** Records and enums by name: one may be referred to in a field behind an empty array that declares it. */
function namedTypes(schema: AvroSchema, found = new Map<string, AvroSchema>()): Map<string, AvroSchema> {
  if (typeof schema === 'string') return found;
  if (Array.isArray(schema)) for (const branch of schema) namedTypes(branch, found);
  else if ('name' in schema) {
    found.set(schema.name, schema);
    if (schema.type === 'record') for (const { type } of schema.fields) namedTypes(type, found);
  } else if (schema.type === 'array') namedTypes(schema.items, found);
  return found;
}

function atFullScale(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function recordsOf(topic: AvroTopic): AnyRecord[] {
  const arbitrary = arbitraryOf(JSON.parse(SCHEMAS[topic]) as AvroSchema) as fc.Arbitrary<AnyRecord>;
  return fc.sample(arbitrary, { seed: SEED, numRuns: PER_TOPIC });
}

async function produce(
  codec: Codec,
  prefix: string,
  records: ReadonlyMap<AvroTopic, AnyRecord[]>,
): Promise<void> {
  const kafka = new Kafka({ brokers: inject('kafkaBrokers'), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: AVRO_TOPICS.map((topic) => ({ topic: prefix + topic, numPartitions: 1 })),
  });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.sendBatch({
    topicMessages: [...records].map(([topic, values]) => ({
      topic: prefix + topic,
      messages: values.map((value, index) => ({
        key: `key-${index}`,
        value: codec.encode(topic, value as never),
      })),
    })),
  });
  await producer.disconnect();
}

const missing = await whyNoPython();

describe('a Python consumer with Confluent’s Avro deserializer', () => {
  it('reads every topic’s records, consensus first, as they were meant', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const packages = await pythonPackages();
    const prefix = `python-${process.pid}.`;
    const registry = inject('registryUrl');
    const codec = await createCodec({ registry, prefix, clock: new SystemClock() });
    const records = new Map(AVRO_TOPICS.map((topic) => [topic, recordsOf(topic)]));
    await produce(codec, prefix, records);
    const wanted = AVRO_TOPICS.map((topic) => `${prefix}${topic}=${PER_TOPIC}`);
    const args = [packages, inject('kafkaBrokers').join(','), registry, '60', ...wanted];
    const lines = (await runPython('read_consensus.py', args)).map((line) => JSON.parse(line) as Line);
    for (const [topic, sent] of records) {
      const schema = JSON.parse(SCHEMAS[topic]) as AvroSchema;
      const expected = sent.map((record, offset) => {
        return {
          topic: prefix + topic,
          partition: 0,
          offset,
          key: `key-${offset}`,
          value: seenByPython(schema, record),
        };
      });
      expect(lines.filter((line) => line.topic === prefix + topic)).toEqual(expected);
    }
    expect(lines).toHaveLength(AVRO_TOPICS.length * PER_TOPIC);
  });
});
