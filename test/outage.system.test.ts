import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aggregatorStage } from '@concord/aggregator';
import { startParts, storeRoot, type Part, type Parts } from '@concord/local';
import { until } from '@concord/testkit';
import { validatorStage } from '@concord/validator';
import { serviceNodeFlags } from 'concord-cli';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPipeline, type PipelineRun } from './pipeline-run.ts';
import { expectRecomputed } from './recomputed.ts';

const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'];
const SEED = 20_261_123;
/** Each takes half a minute on a machine of its own. */
const ROOT = join(import.meta.dirname, '..');

let dir = '';
let parts: Parts;
let broker: Part;
let registry: Part;
let redis: Part;

beforeAll(async () => {
  mkdirSync(join(storeRoot, 'test'), { recursive: true });
  dir = mkdtempSync(join(storeRoot, 'test', 'outage-'));
  parts = await startParts({ dir });
  const { brokers, registry: ownRegistry, redis: ownRedis } = parts;
  if (brokers[0] === undefined || ownRegistry === undefined || ownRedis === undefined)
    throw new Error('KAFKA_BROKERS, SCHEMA_REGISTRY_URL or REDIS_URL is set: this test ends its own parts');
  [broker, registry, redis] = [brokers[0], ownRegistry, ownRedis];
});

afterAll(async () => {
  await parts?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** Process ids of all services, by name. */
function pidsOf(run: PipelineRun): Map<string, number> {
  return new Map([...run.pipeline.services].map(([name, { pid }]) => [name, pid]));
}

/** Waits until every instrument has `more` new OK quotes in the log. */
async function expectMoving(run: PipelineRun, more = 5): Promise<void> {
  const counts = async (): Promise<Map<string, number>> => {
    const quotes = await run.read('consensus.quotes');
    const ok = quotes.filter(({ value }) => value.status === 'OK').map(({ value }) => value.instrument);
    return new Map(INSTRUMENTS.map((id) => [id, ok.filter((one) => one === id).length]));
  };
  const before = await counts();
  await until(
    `${more} more OK quotes of each instrument`,
    async () => {
      const now = await counts();
      return INSTRUMENTS.every((id) => (now.get(id) ?? 0) >= (before.get(id) ?? 0) + more);
    },
    { everyMs: 200 },
  );
}

async function expectAllReady(run: PipelineRun): Promise<void> {
  for (const name of run.pipeline.services.keys()) {
    await until(`${name} is ready`, async () => (await fetch(`${baseOf(run, name)}/readyz`)).ok, {
      everyMs: 200,
    });
  }
}

/** Each committed topic is what an undisturbed fold makes of its input, byte for byte. */
async function expectUndisturbed(run: PipelineRun): Promise<void> {
  const { topicPrefix, partitions } = run.pipeline.config;
  const { kafkaBrokers } = parts;
  for (const stage of [validatorStage(run.codec), aggregatorStage(run.codec)]) {
    expect(await expectRecomputed(stage, topicPrefix, partitions, kafkaBrokers)).toBeGreaterThan(500);
  }
}

/** Redis holds the sequence last committed of each stream, or a newer one. */
async function expectRedisUpToDate(run: PipelineRun): Promise<void> {
  const client = new Redis(parts.redisUrl);
  try {
    for (const topic of ['consensus.quotes', 'consensus.trades'] as const) {
      const newest = new Map((await run.read(topic)).map(({ value }) => [value.instrument, value.sequence]));
      expect([...newest.keys()].sort()).toEqual(INSTRUMENTS);
      for (const [instrument, sequence] of newest) {
        const key = `concord:${run.pipeline.config.topicPrefix}snapshot:${topic}:${instrument}`;
        await until(
          `${key} at ${sequence} or later`,
          async () => Number(await client.hget(key, 'sequence')) >= sequence,
          { everyMs: 200 },
        );
      }
    }
  } finally {
    client.disconnect();
  }
}

interface TruthTrade {
  readonly kind: string;
  readonly venue: string;
  readonly instrument: string;
  readonly id: string;
  readonly sentTo: number;
}

/** Every trade that a venue sent is in clean.trades once, up to the newest one there; the buffers were not full. */
async function expectEveryTradeOnce(run: PipelineRun, truthFile: string): Promise<void> {
  const found = new Map<string, number[]>();
  for (const { value } of await run.read('clean.trades')) {
    const key = `${value.source} ${value.instrument}`;
    // A record that merges trades covers all of their ids.
    const [first, last] = [Number(value.firstId), Number(value.lastId)];
    const ids = found.get(key) ?? [];
    found.set(key, ids);
    for (let id = first; id <= last; id++) ids.push(id);
  }
  const sent = new Map<string, number[]>();
  for (const line of readFileSync(truthFile, 'utf8').trim().split('\n')) {
    const trade = JSON.parse(line) as TruthTrade;
    if (trade.kind !== 'trades' || trade.sentTo === 0) continue;
    const key = `${trade.venue} ${trade.instrument}`;
    sent.set(key, [...(sent.get(key) ?? []), Number(trade.id)]);
  }
  expect([...found.keys()].sort()).toEqual([...sent.keys()].sort());
  for (const [key, ids] of found) {
    expect(new Set(ids).size, `${key}: ids that came once`).toBe(ids.length);
    const [oldestSent, newest] = [Math.min(...(sent.get(key) ?? [])), Math.max(...ids)];
    const expected = (sent.get(key) ?? []).filter((id) => id <= newest);
    // A venue sends trades of before the subscription as its snapshot: they are no live trades of the truth.
    expect(
      ids.filter((id) => id >= oldestSent).sort((a, b) => a - b),
      key,
    ).toEqual([...new Set(expected)].sort((a, b) => a - b));
  }
}

/** Waits until a service is not ready and says of a part that is not what matches. */
async function untilUnready(base: string, why: RegExp): Promise<void> {
  let said = '';
  await until(
    `${base} is not ready because of ${why}`,
    async () => {
      const answer = await fetch(`${base}/readyz`);
      const health = (await answer.json()) as { parts: Record<string, { ok: boolean; detail: string }> };
      said = Object.entries(health.parts)
        .flatMap(([name, { ok, detail }]) => (ok ? [] : [`${name}: ${detail}`]))
        .join('\n');
      return !answer.ok && why.test(said);
    },
    { everyMs: 200, told: () => `it said ${said}` },
  );
}

function baseOf(run: PipelineRun, service: string): string {
  const entry = run.pipeline.services.get(service);
  return `http://${entry?.host}:${entry?.port}`;
}

describe('a running pipeline', () => {
  it('outlives the loss of the broker, of Redis and of the registry, and loses and doubles nothing', async () => {
    const truthFile = join(dir, 'truth.jsonl');
    process.stderr.write(`seed ${SEED}\n`);
    const run = await runPipeline({ name: 'outage', mode: 'simulated', seed: SEED, parts, truthFile });
    try {
      await run.pipeline.listening;
      await expectAllReady(run);
      await expectMoving(run);
      const pids = pidsOf(run);

      await broker.kill();
      for (const name of pids.keys()) {
        await untilUnready(baseOf(run, name), /kafka: Kafka at 127\.0\.0\.1:\d+ cannot be used/);
      }
      await broker.restart();
      await expectMoving(run);
      await expectAllReady(run);

      await redis.kill();
      await expectMoving(run);
      await untilUnready(baseOf(run, 'aggregator'), /^redis: Redis at redis:.* cannot be used/);
      await redis.restart();
      await expectRedisUpToDate(run);
      await expectAllReady(run);

      await registry.kill();
      await expectMoving(run);
      await expectAllReady(run);
      await registry.restart();
      await expectMoving(run);

      expect(pidsOf(run), 'no process was started again').toEqual(pids);
      await expectUndisturbed(run);
    } finally {
      await run[Symbol.asyncDispose]();
    }
    // Only now the venues have written down all that they sent.
    await expectEveryTradeOnce(run, truthFile);
  });
});

/** A service started by hand, with all that it logged. */
class Started implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #base: Promise<string>;
  #text = '';

  constructor(name: string, configFile: string) {
    this.name = name;
    this.#child = fork(join(ROOT, 'services', name, 'src/main.ts'), ['--config', configFile], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: serviceNodeFlags(name),
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    this.#base = new Promise((resolve) =>
      this.#child.on('message', ({ host, port }: { host: string; port: number }) =>
        resolve(`http://${host}:${port}`),
      ),
    );
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its lines of level warn and above. */
  warnings(): string[] {
    const lines = this.#text.split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => {
      const { level, msg } = JSON.parse(line) as { level: string; msg: string };
      return ['warn', 'error', 'fatal'].includes(level) ? [msg] : [];
    });
  }

  async untilUnready(why: RegExp): Promise<void> {
    await untilUnready(await this.#base, why);
  }

  async untilReady(): Promise<void> {
    const base = await this.#base;
    await until(`${this.name} is ready`, async () => (await fetch(`${base}/readyz`)).ok, { everyMs: 200 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

describe('services started before what they need', () => {
  it('say in one line each what is missing, where and what to do, and become ready without a restart', async () => {
    await using run = await runPipeline({ name: 'early', mode: 'simulated', seed: SEED, parts });
    await run.pipeline.listening;
    await Promise.all(run.pipeline.children.map((child) => child.stop()));
    rmSync(join(run.dir, 'schemas'), { recursive: true, force: true });
    await Promise.all([broker.stop(), registry.stop(), redis.stop()]);

    const { configFile } = run.pipeline;
    await using ingestor = new Started('ingestor-kraken', configFile);
    await using validator = new Started('validator', configFile);
    await using aggregator = new Started('aggregator', configFile);
    const all = [ingestor, validator, aggregator];
    for (const one of all)
      await one.untilUnready(/registry: The schema registry at http:.*cannot be used \(ECONNREFUSED\)/);
    await registry.restart();
    for (const one of all)
      await one.untilUnready(/kafka: Kafka at 127\.0\.0\.1:\d+ cannot be used \(.*ECONNREFUSED/);
    await broker.restart();
    await Promise.all([ingestor.untilReady(), validator.untilReady()]);
    await aggregator.untilUnready(/^redis: Redis at redis:.*cannot be used/);
    await redis.restart();
    await aggregator.untilReady();

    const missing = [
      /^The schema registry at http:\S+ cannot be used \(ECONNREFUSED\): .*SCHEMA_REGISTRY_URL$/,
      /^Kafka at 127\.0\.0\.1:\d+ cannot be used \(.*ECONNREFUSED.*\): .*KAFKA_BROKERS$/,
    ];
    const noRedis = /^Redis at redis:\S+ cannot be used \(.*ECONNREFUSED.*\): .*REDIS_URL$/;
    for (const one of all) {
      expect(one.isRunning, one.name).toBe(true);
      const wanted = one === aggregator ? [...missing, noRedis] : missing;
      expect(one.warnings(), one.name).toHaveLength(wanted.length);
      for (const line of wanted) expect(one.warnings(), one.name).toContainEqual(expect.stringMatching(line));
    }
  });
});
