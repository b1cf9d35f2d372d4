import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, startParts, storeRoot, type Part, type Parts } from '@concord/local';
import { until } from '@concord/testkit';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from '@concord/kafka/client';
import type { Admin } from 'kafkajs';
import { afterEach, expect, inject, test } from 'vitest';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newFolder(): string {
  const runs = join(storeRoot, 'test');
  mkdirSync(runs, { recursive: true });
  const dir = mkdtempSync(join(runs, 'parts-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function start(options: Parameters<typeof startParts>[0]): Promise<Parts> {
  const parts = await startParts(options);
  cleanups.push(() => parts[Symbol.asyncDispose]());
  return parts;
}

async function admin(brokers: string[]): Promise<Admin> {
  const kafka = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 20 },
  });
  const client = kafka.admin();
  await client.connect();
  cleanups.push(() => client.disconnect());
  return client;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

interface Owner {
  readonly process: ChildProcess;
  readonly pids: number[];
  readonly kafkaBrokers: string[];
  readonly redisUrl: string;
}

/** Another process that starts the parts in the folder, as a launcher does. */
async function startOwner(dir: string): Promise<Owner> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'test/setup/parts-owner.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, ...(JSON.parse(line.toString('utf8')) as Omit<Owner, 'process'>) };
}

test('the parts shared by the system tests answer at the addresses that are handed to them', async () => {
  const client = await admin(inject('kafkaBrokers'));
  expect((await client.describeCluster()).brokers).toHaveLength(1);
  expect(await (await fetch(`${inject('registryUrl')}/config`)).json()).toHaveProperty('compatibilityLevel');
  const redis = new Redis(inject('redisUrl'));
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
});

test('topics, keys and schema ids are there again after a stop and a start in the same folder', async () => {
  const dir = newFolder();
  const schema = { schema: JSON.stringify({ type: 'record', name: 'Kept', fields: [] }) };
  const register = async (parts: Parts): Promise<unknown> => {
    const response = await fetch(`${parts.registryUrl}/subjects/kept-value/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(schema),
    });
    return response.json();
  };
  const first = await startParts({ dir });
  const redis = new Redis(first.redisUrl);
  await redis.set('kept', '1');
  redis.disconnect();
  const before = await admin(first.kafkaBrokers);
  await before.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }] });
  await before.disconnect();
  const id = await register(first);
  await first[Symbol.asyncDispose]();

  const second = await start({ dir });
  expect(second.kafkaBrokers).toEqual(first.kafkaBrokers);
  expect(await (await admin(second.kafkaBrokers)).listTopics()).toContain('kept');
  expect(await register(second)).toEqual(id);
  const again = new Redis(second.redisUrl);
  expect(await again.get('kept')).toBe('1');
  again.disconnect();
});

test('stopping leaves no process and no lock', async () => {
  const dir = newFolder();
  const parts = await startParts({ dir });
  const pids = [...parts.brokers, parts.registry, parts.redis].map((part) => part?.pid ?? 0);
  expect(pids.every(isRunning)).toBe(true);
  await parts[Symbol.asyncDispose]();
  expect(pids.some(isRunning)).toBe(false);
  expect(existsSync(join(dir, 'owner.lock'))).toBe(false);
  await until('no identity file is left', () => readdirSync(join(dir, 'parts')).length === 0);
});

test('when the owner is killed with -9 its parts end by themselves and the next start in the folder works', async () => {
  const dir = newFolder();
  const owner = await startOwner(dir);
  expect(owner.pids.every(isRunning)).toBe(true);
  const client = await admin(owner.kafkaBrokers);
  await client.createTopics({ topics: [{ topic: 'survivor' }] });
  await client.disconnect();

  owner.process.kill('SIGKILL');
  const next = await start({ dir });
  expect(owner.pids.some(isRunning)).toBe(false);
  expect(await (await admin(next.kafkaBrokers)).listTopics()).toContain('survivor');
});

test('parts whose owner was killed end without any next start, even paused ones', async () => {
  const owner = await startOwner(newFolder());
  const [broker = 0] = owner.pids;
  process.kill(broker, 'SIGSTOP');
  owner.process.kill('SIGKILL');
  await until('every part has ended', () => !owner.pids.some(isRunning));
});

test('a second start in a folder in use is refused and names the process that holds it', async () => {
  const dir = newFolder();
  const owner = await startOwner(dir);
  await expect(startParts({ dir })).rejects.toMatchObject({
    code: 'FOLDER_IN_USE',
    fate: 'fatal',
    message: expect.stringContaining(`process ${owner.process.pid}`) as string,
  });
});

async function answers(part: Part): Promise<boolean> {
  const redis = new Redis(part.port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: 300,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

test('a part can be killed, paused, resumed and restarted on its port with its data', async () => {
  const { redis } = await start({ dir: newFolder(), brokers: 0, registry: false });
  if (redis === undefined) throw new Error('REDIS_URL is set: there is no Redis of our own to kill');
  const client = new Redis(redis.port, '127.0.0.1');
  client.on('error', () => undefined);
  cleanups.push(() => client.disconnect());
  await client.set('key', 'value');
  redis.pause();
  expect(await answers(redis)).toBe(false);
  redis.resume();
  expect(await answers(redis)).toBe(true);
  const { pid } = redis;
  await redis.kill();
  expect(isRunning(pid)).toBe(false);
  expect(await answers(redis)).toBe(false);
  await redis.restart();
  expect(redis.pid).not.toBe(pid);
  expect(await client.get('key')).toBe('value');
});

async function areInSync(client: Admin, topic: string, replicas: number): Promise<boolean> {
  try {
    const { topics } = await client.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics[0]?.partitions ?? [];
    return (
      partitions.length > 0 && partitions.every(({ leader, isr }) => leader >= 0 && isr.length === replicas)
    );
  } catch {
    return false;
  }
}

test('of three brokers one may be killed: what was acknowledged by two is still there', async () => {
  const parts = await start({ dir: newFolder(), brokers: 3, registry: false, redis: false });
  const kafka = new Kafka({
    brokers: parts.kafkaBrokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 30 },
  });
  const client = await admin(parts.kafkaBrokers);
  // Not every broker knows of a new topic at once, which kafkajs' own waiting takes for a failure.
  const topics = [{ topic: 'held', numPartitions: 3, replicationFactor: 3 }];
  await client.createTopics({ topics, waitForLeaders: false });
  await until('each partition has three replicas in sync', () => areInSync(client, 'held', 3));
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  cleanups.push(() => producer.disconnect());
  await producer.connect();
  const send = (from: number): Promise<unknown> =>
    producer.send({
      topic: 'held',
      acks: -1,
      messages: Array.from({ length: 30 }, (_, at) => ({ value: `${from + at}`, partition: at % 3 })),
    });
  await send(0);
  await parts.brokers[1]?.kill();
  await send(30);
  const offsets = await client.fetchTopicOffsets('held');
  expect(offsets.map(({ high }) => Number(high)).reduce((sum, high) => sum + high, 0)).toBe(60);
});
