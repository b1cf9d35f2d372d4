import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCodec, type AvroTopic, type Codec, type RecordByTopic } from '@concord/codec';
import { readCommitted } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import { startPipeline, type Pipeline, type PipelineOptions } from 'concord-cli';
import { inject } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const clock = new SystemClock();
const logger = createLogger({ name: 'test', level: 'error', clock });

/** A decoded record with its place. */
export interface Read<T> {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: T;
}

/** A whole pipeline of real processes, under a topic prefix of its own. */
export interface PipelineRun extends AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly codec: Codec;
  readonly dir: string;
  /** Every record committed so far on a topic, markers left out. */
  read<T extends AvroTopic>(topic: T): Promise<Read<RecordByTopic[T]>[]>;
}

/** Starts a pipeline on the shared broker, registry and Redis unless `parts` names others. */
export async function runPipeline(
  options: Omit<PipelineOptions, 'configFile'> & { name: string; configFile?: string },
): Promise<PipelineRun> {
  const runs = join(ROOT, '.concord/test');
  mkdirSync(runs, { recursive: true });
  const dir = mkdtempSync(join(runs, `${options.name}-`));
  const parts = options.parts ?? {
    kafkaBrokers: inject('kafkaBrokers'),
    registryUrl: inject('registryUrl'),
    redisUrl: inject('redisUrl'),
  };
  const prefix = `${options.name}-${process.pid}-${clock.nowMs()}.`;
  const pipeline = await startPipeline({
    configFile: join(ROOT, 'concord.yaml'),
    ...options,
    dir,
    parts,
    topicPrefix: prefix,
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  const codec = await createCodec({ registry: parts.registryUrl, prefix, clock });
  return {
    pipeline,
    codec,
    dir,
    read: (topic) => readAll(topic, codec, prefix, parts.kafkaBrokers),
    async [Symbol.asyncDispose]() {
      await pipeline[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function readAll<T extends AvroTopic>(
  topic: T,
  codec: Codec,
  prefix: string,
  brokers: readonly string[],
): Promise<Read<RecordByTopic[T]>[]> {
  const kafka = { brokers, clientId: 'test' };
  await using reader = await readCommitted({
    kafka,
    topics: [topic],
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  const records: Read<RecordByTopic[T]>[] = [];
  for await (const { partition, offset, timestampMs, value } of reader) {
    if (value === null) continue;
    const decoded = codec.decode(topic, value);
    if (!decoded.ok) throw new Error(`${topic}[${partition}]@${offset}: ${decoded.message}`);
    records.push({ partition, offset, timestampMs, value: decoded.value });
  }
  return records;
}
