import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCodec, SCHEMAS, type AvroTopic, type Codec, type RecordByTopic } from '@concord/codec';
import type { AvroSchema } from '@concord/codegen';
import { arbitraryOf } from '@concord/codegen/arbitrary-record';
import { prepareJavaClient, storeRoot } from '@concord/local';
import { SystemClock } from '@concord/runtime';
import { until } from '@concord/testkit';
import fc from 'fast-check';
import { Kafka, logLevel } from '@concord/kafka/client';
import type { Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pythonPackages, whyNoPython } from '../codec/python-packages.ts';
import { readmeExample } from './documents.ts';

const prefix = `readme-${process.pid}.`;
const TOPICS = ['consensus.trades', 'consensus.quotes'] as const;
const INSTRUMENT = 'BTC-USDT';
/** More than are written, one each 200 ms, while there is patience. */
const RECORDS_MAX = 400;
const READ_MIN = 3;

/**
 * A program of the README with the addresses of here. Topics stand behind the prefix that all of this test have; the group is one for each
 * language, since a group waits for a member that was killed.
 */
function addressed(language: string): string {
  const here: [string, string][] = [
    ['my-service', `${prefix}${language}`],
    ['http://127.0.0.1:8081/apis/ccompat/v7', inject('registryUrl')],
    ['127.0.0.1:9092', inject('kafkaBrokers').join(',')],
    ...TOPICS.map((topic): [string, string] => [topic, prefix + topic]),
  ];
  return here.reduce((text, [shown, actual]) => text.replace(shown, actual), readmeExample(language));
}

const IMPORTS = [
  'java.net.URI',
  'java.nio.ByteBuffer',
  'java.time.Duration',
  'java.util.*',
  'org.apache.avro.*',
  'org.apache.avro.generic.*',
  'org.apache.avro.io.*',
  'org.apache.kafka.clients.consumer.*',
  'org.apache.kafka.common.serialization.*',
];

function javaClass(name: string, statements: string): string {
  const imports = IMPORTS.map((one) => `import ${one};\n`).join('');
  return `${imports}
public class ${name} {
  public static void main(String[] arguments) throws Exception {
${statements}
  }
}
`;
}

/** Prices as text with all twelve digits, and the same number as the schema's unscaled integer. */
function price(index: number): { text: string; units: bigint } {
  const text = `${65_010 + index}.125000000000`;
  return { text, units: BigInt(text.replace('.', '')) };
}

type Made<T extends AvroTopic> = readonly [record: RecordByTopic[T], line: string];

/** Any valid record of the topic, but for what the README's programs print. */
function anyRecords<T extends AvroTopic>(topic: T): RecordByTopic[T][] {
  const arbitrary = arbitraryOf(JSON.parse(SCHEMAS[topic]) as AvroSchema) as fc.Arbitrary<RecordByTopic[T]>;
  return fc.sample(arbitrary, { seed: 20_240_229, numRuns: RECORDS_MAX });
}

function someTrades(): Made<'consensus.trades'>[] {
  return anyRecords('consensus.trades').map((record, index) => {
    const { text, units } = price(index);
    return [{ ...record, instrument: INSTRUMENT, price: units, status: 'OK' }, `${INSTRUMENT} ${text} OK`];
  });
}

function someQuotes(): Made<'consensus.quotes'>[] {
  return anyRecords('consensus.quotes').map((record, index) => {
    const { text, units } = price(index);
    return [
      { ...record, instrument: INSTRUMENT, mid: units, confidence: 2_500_000_000n, status: 'DEGRADED' },
      `${INSTRUMENT} ${text} ± 0.002500000000 DEGRADED`,
    ];
  });
}

let dir: string;
let codec: Codec;
let producer: Producer;

beforeAll(async () => {
  mkdirSync(join(storeRoot, 'test'), { recursive: true });
  dir = mkdtempSync(join(storeRoot, 'test', 'readme-'));
  const kafka = new Kafka({ brokers: inject('kafkaBrokers'), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = TOPICS.map((topic) => ({ topic: prefix + topic, numPartitions: 1 }));
  await admin.createTopics({ waitForLeaders: true, topics });
  await admin.disconnect();
  producer = kafka.producer();
  await producer.connect();
  codec = await createCodec({ registry: inject('registryUrl'), prefix, clock: new SystemClock() });
});

afterAll(async () => {
  await producer.disconnect();
  rmSync(dir, { recursive: true, force: true });
});

/** A program that only ends when it is told to; its lines on standard output, and all it said for the case that it fails. */
function start(
  program: string,
  args: readonly string[],
): { lines: () => string[]; stop: () => Promise<void> } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complained += chunk));
  let ended = false;
  const end = new Promise<void>((resolve) => {
    child.once('error', (error) => (complained += error.message));
    child.once('close', () => {
      ended = true;
      resolve();
    });
  });
  return {
    lines: () => {
      if (ended) throw new Error(`${program} ended by itself: ${printed}${complained}`);
      return printed.split('\n').slice(0, -1);
    },
    stop: async () => {
      child.kill('SIGKILL');
      await end;
    },
  };
}

/**
 * Writes records, one at a time, until the program, which begins with the next one, has read some. Returns what it printed and, line by line, what it
 * should have printed for each record written.
 */
async function readBy<T extends AvroTopic>(
  topic: T,
  made: readonly Made<T>[],
  program: string,
  args: readonly string[],
): Promise<{ printed: string[]; expected: string[] }> {
  const { lines, stop } = start(program, args);
  const expected: string[] = [];
  try {
    const printed = await until(
      `a record read by ${program}`,
      async () => {
        const [record, line] = made[expected.length] as Made<T>;
        expected.push(line);
        const message = { key: INSTRUMENT, value: codec.encode(topic, record) };
        await producer.send({ topic: prefix + topic, messages: [message] });
        return lines().length >= READ_MIN ? lines() : undefined;
      },
      { everyMs: 200 },
    );
    return { printed, expected };
  } finally {
    await stop();
  }
}

/** From its first record on a program has printed each one, once and in order. */
function expectInOrder(printed: readonly string[], written: readonly string[]): void {
  expect(written).toContain(printed[0]);
  const first = written.indexOf(printed[0] as string);
  expect(printed).toEqual(written.slice(first, first + printed.length));
}

const noPython = await whyNoPython();

describe('the README’s program', () => {
  it('in Java compiles, and reads consensus.trades with the very decimals that were written', async () => {
    const kit = await prepareJavaClient({ store: storeRoot, onProgress: () => undefined });
    const file = join(dir, 'ReadTrades.java');
    writeFileSync(file, javaClass('ReadTrades', addressed('java')));
    const compiler = ['-cp', kit.classPath, 'org.eclipse.jdt.internal.compiler.batch.Main'];
    const options = ['-17', '-proc:none', '-nowarn', '-cp', kit.classPath, '-d', dir];
    await promisify(execFile)(kit.java, [...compiler, ...options, file]);
    const run = ['-cp', `${dir}:${kit.classPath}`, 'ReadTrades'];
    const { printed, expected } = await readBy('consensus.trades', someTrades(), kit.java, run);
    expectInOrder(printed, expected);
  });

  it('in Python reads consensus.quotes with the very decimals that were written', async (context) => {
    if (noPython !== undefined) context.skip(noPython);
    const file = join(dir, 'read_quotes.py');
    writeFileSync(file, addressed('python'));
    const { printed, expected } = await readBy('consensus.quotes', someQuotes(), 'env', [
      `PYTHONPATH=${await pythonPackages()}`,
      ...['PYTHONIOENCODING=utf-8', 'python3', '-u', file],
    ]);
    expectInOrder(printed, expected);
  });
});
