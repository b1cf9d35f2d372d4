import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { Arena, until } from './arena.ts';
import { StartedRunner } from './started.ts';

const TOPIC = 'in.left';
const KEY = 'k';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = (value << 1) ^ (value >> 31);
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function numbers(...fields: readonly [bytes: number, value: number][]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes, value < 0 ? 0xff : 0);
      if (bytes === 8) field.writeBigInt64BE(BigInt(value));
      else field.writeIntBE(value, 0, bytes);
      return field;
    }),
  );
}

const text = (value: string): Buffer => Buffer.concat([numbers([2, value.length]), Buffer.from(value)]);

/** The checksum of record batches, CRC-32C. */
function checksum(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc;
}

/** A record batch of format 2 whose records claim these places in it (https://kafka.apache.org/documentation/#recordbatch). */
function batchOf(places: readonly number[], firstValue: number): Buffer {
  const records = places.map((place, index) => {
    const parts = [Buffer.from(KEY), Buffer.from(String(firstValue + index))];
    const fields = parts.flatMap((part) => [varint(part.length), part]);
    const record = Buffer.concat([Buffer.of(0), varint(0), varint(place), ...fields, varint(0)]);
    return Buffer.concat([varint(record.length), record]);
  });
  const checked = Buffer.concat([
    numbers([2, 0], [4, places.length - 1], [8, 1], [8, 1], [8, -1], [2, -1], [4, -1], [4, places.length]),
    ...records,
  ]);
  const rest = Buffer.concat([numbers([4, 0], [1, 2], [4, checksum(checked)]), checked]);
  return Buffer.concat([numbers([8, 0], [4, rest.length]), rest]);
}

/** Writes the batch as it is, as no sound client would; the broker takes it. A new topic may have no leader for a moment. */
async function produce(topic: string, batch: Buffer): Promise<void> {
  const body = Buffer.concat([
    ...[numbers([2, 0], [2, 3], [4, 1]), text('careless'), numbers([2, -1], [2, -1], [4, 5_000], [4, 1])],
    ...[text(topic), numbers([4, 1], [4, 0], [4, batch.length]), batch],
  ]);
  const request = Buffer.concat([numbers([4, body.length]), body]);
  // In the answer behind size, correlation id, the topic in an array of one, and the partition in another.
  const errorAt = 4 + 4 + 4 + 2 + topic.length + 4 + 4;
  await until('the batch is stored', async () => (await answerTo(request)).readInt16BE(errorAt) === 0);
}

async function answerTo(request: Buffer): Promise<Buffer> {
  const [host = '', port = ''] = (inject('kafkaBrokers')[0] ?? '').split(':');
  const socket = connect(Number(port), host);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      socket.once('data', resolve).once('error', reject);
      socket.write(request);
    });
  } finally {
    socket.destroy();
  }
}

/** Offset and running sum of each record that was folded and committed. */
async function folded(arena: Arena): Promise<[offset: number, sum: number][]> {
  const outputs = (await arena.read(['out.left'])).get('out.left[0]') ?? [];
  return outputs.flatMap(({ value, headers }) => {
    if (value === null) return [];
    const { sum } = JSON.parse(value.toString()) as { sum: number };
    return [[Number(headers['from']?.toString()), sum] as [number, number]];
  });
}

/**
 * Brokers do not look at the places of an uncompressed batch's records (tried with Apache Kafka 4.4.0, 2026), and kafkajs delivers them as
 * they stand: several with one offset in one fetch, or again with the next. They all continue the lane's position; only the task knows better.
 */
test.each([
  {
    places: [2, 1, 0],
    once: [
      [2, 10],
      [3, 110],
    ],
  },
  {
    places: [0, 1, 1],
    once: [
      [0, 10],
      [1, 21],
      [3, 121],
    ],
  },
  {
    places: [0, 0, 0],
    once: [
      [0, 10],
      [3, 110],
    ],
  },
])(
  'no offset of a batch that a careless producer numbered $places is folded twice, nor again after a restart',
  async ({ places, once }) => {
    await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
    await produce(arena.prefix + TOPIC, batchOf(places, 10));
    const complete = async (): Promise<boolean> => (await folded(arena)).some(([offset]) => offset === 3);
    {
      await using first = new StartedRunner(arena);
      await first.untilRunning(1);
      await produce(arena.prefix + TOPIC, batchOf([0], 100));
      await until('the record behind it is folded', complete);
    }
    {
      await using second = new StartedRunner(arena);
      await second.untilRunning(1);
      await produce(arena.prefix + TOPIC, batchOf([0], 1_000));
      await until('the last record is folded', async () =>
        (await folded(arena)).some(([offset]) => offset === 4),
      );
    }
    const [, total = 0] = once.at(-1) ?? [];
    expect(await folded(arena)).toEqual([...once, [4, total + 1_000]]);
  },
);
