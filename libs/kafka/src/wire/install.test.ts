import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { install } from './install.ts';

/**
 * kafkajs twice: as every part of Concord has it, and untouched, loaded anew beside it. What one writes the other must have written,
 * and what one reads the other must have read.
 */

interface Written {
  readonly buffer: Buffer;
}
interface Request {
  encode(): Promise<Written>;
}
type Message = { key: string | Buffer | null; value: Buffer | null; timestamp?: string; headers?: object };
type ProduceRequest = (request: object) => Request;
type DecodeMessages = (decoder: object) => Promise<object[]>;
type Group = (question: object) => Record<string, Message[]>;

interface Client {
  readonly produce: ProduceRequest;
  readonly decodeMessages: DecodeMessages;
  readonly group: Group;
  readonly Decoder: new (bytes: Buffer) => object;
  readonly gzip: number;
}

const require = createRequire(import.meta.url);

function client(): Client {
  const part = (name: string): unknown => require(`kafkajs/src/${name}`);
  const { Types } = part('protocol/message/compression') as { Types: { GZIP: number } };
  return {
    produce: part('protocol/requests/produce/v3/request') as ProduceRequest,
    decodeMessages: part('protocol/requests/fetch/v4/decodeMessages') as DecodeMessages,
    group: part('producer/groupMessagesPerPartition') as Group,
    Decoder: part('protocol/decoder') as Client['Decoder'],
    gzip: Types.GZIP,
  };
}

/** A kafkajs whose modules are loaded anew, after `prepare`; what others have loaded stays theirs. */
function fresh(prepare: () => void): Client {
  const ofKafkajs = (): string[] => Object.keys(require.cache).filter((file) => file.includes('/kafkajs/'));
  const own = ofKafkajs().map((file) => [file, require.cache[file]] as const);
  const forget = (): void => {
    for (const file of ofKafkajs()) delete require.cache[file];
  };
  forget();
  prepare();
  const loaded = client();
  forget();
  for (const [file, module] of own) require.cache[file] = module;
  return loaded;
}

const installed = fresh(install);
const untouched = fresh(() => undefined);

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const headerName = fc.string({ maxLength: 12 }).filter((name) => !(name in {}));
const headers = fc.dictionary(
  headerName,
  fc.oneof(fc.string({ maxLength: 20 }), bytes, fc.array(bytes, { maxLength: 3 })),
  { maxKeys: 4 },
);
const firstMs = 1_700_000_000_000;
const timestamp = fc
  .oneof(fc.nat(60_000), fc.integer({ min: 2 ** 28, max: 2 ** 33 }), fc.integer({ min: 0, max: 2 ** 42 }))
  .map((ms) => String(firstMs + ms));
const message: fc.Arbitrary<Message> = fc.record(
  {
    key: fc.oneof(fc.string(), bytes, fc.constant(null)),
    value: fc.oneof(bytes, fc.constant(null)),
    timestamp,
    headers,
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
);
const messages = fc.array(message, { minLength: 1, maxLength: 30 });
const anySequence = { producerId: '1', producerEpoch: 0, firstSequence: 0 };
const sequence = fc.record({
  producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }).map(String),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.nat(),
  transactionalId: fc.option(fc.string(), { nil: null }),
});

/** fast-check prints the seed of what fails. */
const check = <Values>(property: fc.IAsyncProperty<Values>): Promise<void> => fc.assert(property);

function produceRequest(to: Client, batch: Message[], fields: object, compression = 0): Promise<Written> {
  const { firstSequence, ...request } = fields as { firstSequence: number };
  const partitions = [{ partition: 1, firstSequence, messages: batch }];
  const topicData = [{ topic: 'raw.trades', partitions }];
  return to.produce({ acks: -1, timeout: 100, compression, topicData, ...request }).encode();
}

/** The record batch inside a produce request, behind topic, partition and lengths, as a fetch answers with it. */
async function logOf(
  batch: Message[],
  fields: object,
  compression = 0,
  by: Client = untouched,
): Promise<Buffer> {
  const { buffer } = await produceRequest(by, batch, { ...fields, transactionalId: null }, compression);
  const before = 2 + 2 + 4 + 4 + (2 + 'raw.trades'.length) + 4 + 4;
  return Buffer.from(buffer.subarray(before + 4));
}

function read(by: Client, log: Buffer): Promise<object[]> {
  const size = Buffer.alloc(4);
  size.writeInt32BE(log.length);
  return by.decodeMessages(new by.Decoder(Buffer.concat([size, log])));
}

describe('the quicker parts of kafkajs', () => {
  it('are those that the producers and consumers of Concord use', () => {
    const script = `
      await import(${JSON.stringify(join(import.meta.dirname, '../index.ts'))});
      const require = (await import('node:module')).createRequire(${JSON.stringify(import.meta.filename)});
      const { encode } = require('kafkajs/src/protocol/requests/produce/v3/request')({
        topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ key: null, value: null }] }] }],
      });
      const { alloc } = Buffer;
      let asked = 0;
      Buffer.alloc = (...args) => (asked++, alloc(...args));
      await encode();
      console.log(asked, require('kafkajs/src/producer/groupMessagesPerPartition').name);
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('0 groupByPartition');
  });

  it('write the bytes that kafkajs writes', async () => {
    await check(
      fc.asyncProperty(messages, sequence, async (batch, fields) => {
        const own = await produceRequest(installed, batch, fields);
        expect(own.buffer.equals((await produceRequest(untouched, batch, fields)).buffer)).toBe(true);
      }),
    );
  });

  it('leave what is to be compressed to kafkajs', async () => {
    await check(
      fc.asyncProperty(messages, sequence, async (batch, fields) => {
        const own = await produceRequest(installed, batch, fields, installed.gzip);
        const theirs = await produceRequest(untouched, batch, fields, installed.gzip);
        expect(own.buffer.equals(theirs.buffer)).toBe(true);
      }),
    );
  });

  it('read what kafkajs reads', async () => {
    const batches = fc.array(fc.tuple(messages, sequence), { minLength: 1, maxLength: 3 });
    await check(
      fc.asyncProperty(batches, fc.boolean(), async (written, compressed) => {
        const compression = compressed ? installed.gzip : 0;
        const logs = written.map(([batch, fields]) => logOf(batch, fields, compression));
        const log = Buffer.concat(await Promise.all(logs));
        const own = await read(installed, log);
        expect(own).toHaveLength(written.flatMap(([batch]) => batch).length);
        expect(own).toEqual(await read(untouched, log));
      }),
    );
  });

  it('read headers that are named as what every object has, which kafkajs mixes up', async () => {
    const headers = { constructor: 'a', ['__proto__']: 'b' };
    const message = { key: null, value: null, timestamp: String(firstMs), headers };
    const [record] = await read(installed, await logOf([message], anySequence));
    const found = (record as { headers: object }).headers;
    expect(Object.entries(found)).toEqual([
      ['constructor', Buffer.from('a')],
      ['__proto__', Buffer.from('b')],
    ]);
  });

  it('leave a batch that is cut off to the next fetch, as kafkajs does', async () => {
    const missing = fc.integer({ min: 1, max: 80 });
    await check(
      fc.asyncProperty(messages, sequence, missing, async (batch, fields, bytesMissing) => {
        const whole = await logOf(batch, fields);
        const log = Buffer.concat([whole, whole.subarray(0, Math.max(0, whole.length - bytesMissing))]);
        const own = await read(installed, log);
        expect(own).toHaveLength(batch.length);
        expect(own).toEqual(await read(untouched, log));
      }),
    );
  });

  it('read a batch of more records than a call can have arguments', async () => {
    const record: Message = { key: null, value: null, timestamp: String(firstMs) };
    const log = await logOf(Array<Message>(200_000).fill(record), anySequence, 0, installed);
    expect(await read(installed, log)).toHaveLength(200_000);
    await expect(read(untouched, log)).rejects.toThrow(RangeError);
  });

  it('group messages as kafkajs does', () => {
    const partitioner = ({ message: { key } }: { message: Message }): number => (key?.length ?? 0) % 3;
    fc.assert(
      fc.property(messages, (batch) => {
        for (const partitionMetadata of [[], [0, 1, 2]]) {
          const question = { topic: 'raw.trades', partitionMetadata, messages: batch, partitioner };
          expect(installed.group(question)).toEqual(untouched.group(question));
        }
      }),
    );
  });

  it('say so when a record runs beyond its batch', async () => {
    const message = { key: 'a', value: Buffer.from('b'), timestamp: String(firstMs) };
    const log = await logOf([message], anySequence);
    // The record's length stands first.
    log.writeUInt8(120, 61);
    await expect(read(installed, log)).rejects.toThrow('Record 0 of the batch at offset 0 is cut off');
  });
});
