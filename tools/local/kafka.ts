import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseCoordinates, pinnedArtifacts } from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { LocalPartsError } from './errors.ts';
import type { Java } from './java.ts';
import { countBrokers } from './kafka-protocol.ts';
import { fetchArtifacts } from './maven.ts';
import type { PartPlan } from './part.ts';
import { makeOnce, type FetchContext } from './store.ts';

const MESSAGE_BYTES_MAX = 8 << 20;
/** The same for all clusters here: each lives on its own loopback ports. */
const CLUSTER_ID = 'concord-local-cluster0';

export interface ClusterPlan {
  readonly dir: string;
  readonly jars: string;
  readonly java: Java;
  /** One entry a broker. */
  readonly ports: readonly { readonly client: number; readonly controller: number }[];
  readonly heapMb: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** The folder with the broker's jars, fetched once. */
export async function findKafka(context: FetchContext): Promise<string> {
  const { kafka } = pinnedArtifacts();
  const server = kafka
    .map(({ artifact }) => parseCoordinates(artifact))
    .find(({ name }) => name === 'kafka_2.13');
  if (server === undefined) throw new Error('artifacts.json names no broker');
  return makeOnce(context, `kafka-${server.version}`, async (folder) => {
    context.onProgress(`fetching the Kafka ${server.version} broker (${kafka.length} jars, 43 MB)`);
    await fetchArtifacts(context, kafka, folder);
  });
}

/**
 * What `kafka.Kafka` reads. Replication follows the number of brokers (all of three, two in sync); internal topics are few and small, and
 * groups form without the wait that suits a data centre.
 */
export function brokerProperties(plan: ClusterPlan, index: number): Record<string, string> {
  const count = plan.ports.length;
  const own = plan.ports[index];
  if (own === undefined) throw new RangeError(`there is no broker ${index} among ${count}`);
  const replicas = String(Math.min(3, count));
  const inSync = count >= 3 ? '2' : '1';
  return {
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': plan.ports
      .map(({ controller }, at) => `${at + 1}@127.0.0.1:${controller}`)
      .join(','),
    listeners: `PLAINTEXT://127.0.0.1:${own.client},CONTROLLER://127.0.0.1:${own.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${own.client}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': brokerData(plan.dir, index),
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '8',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '2',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': String(MESSAGE_BYTES_MAX),
    'replica.fetch.max.bytes': String(MESSAGE_BYTES_MAX),
    'transaction.max.timeout.ms': '900000',
    // Recordings and replays carry the time stamps of their own past, runs on another clock those of a future.
    'log.message.timestamp.before.max.ms': '9223372036854775807',
    'log.message.timestamp.after.max.ms': '9223372036854775807',
    'log.segment.delete.delay.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '16777216',
    'controlled.shutdown.enable': count > 1 ? 'true' : 'false',
    ...(count > 1 ? { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' } : {}),
    ...plan.settings,
  };
}

function brokerName(index: number): string {
  return `kafka-${index + 1}`;
}

function brokerData(dir: string, index: number): string {
  return join(dir, brokerName(index));
}

function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** Writes a broker's settings and formats its folder when it is new. */
export async function brokerPlan(context: FetchContext, plan: ClusterPlan, index: number): Promise<PartPlan> {
  const own = plan.ports[index];
  if (own === undefined) throw new RangeError(`there is no broker ${index}`);
  const name = brokerName(index);
  const data = brokerData(plan.dir, index);
  mkdirSync(data, { recursive: true });
  mkdirSync(join(plan.dir, 'logs'), { recursive: true });
  const settings = join(plan.dir, `${name}.properties`);
  writeFileSync(settings, propertiesText(brokerProperties(plan, index)));
  await formatFolder(context, plan, index, settings);
  return {
    name,
    program: plan.java.program,
    args: [
      ...javaOptions(plan),
      `-Dconcord.log=${join(plan.dir, 'logs', `${name}-broker.log`)}`,
      '-cp',
      join(plan.jars, '*'),
      'kafka.Kafka',
      settings,
    ],
    port: own.client,
    dir: plan.dir,
    ready: async (signal) => (await countBrokers(own.client, signal)) >= plan.ports.length,
    readyTimeoutMs: 60_000,
  };
}

function javaOptions(plan: ClusterPlan): string[] {
  return [
    `-Xmx${plan.heapMb}m`,
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka-log.xml')}`,
  ];
}

async function formatFolder(
  context: FetchContext,
  plan: ClusterPlan,
  index: number,
  settings: string,
): Promise<void> {
  const data = brokerData(plan.dir, index);
  if (existsSync(join(data, 'meta.properties'))) return;
  const template = await formatTemplate(context, plan, settings);
  cpSync(template, data, {
    recursive: true,
    filter: (source) => basename(source) !== 'meta.properties',
  });
  const directoryId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  writeFileSync(
    join(data, 'meta.properties'),
    propertiesText({
      version: '1',
      'cluster.id': CLUSTER_ID,
      'node.id': String(index + 1),
      'directory.id': directoryId,
    }),
  );
}

/** The feature levels that Kafka's own formatter writes are the same for every new folder, so it runs once and not at each start (1 s). */
async function formatTemplate(context: FetchContext, plan: ClusterPlan, settings: string): Promise<string> {
  const { kafka } = pinnedArtifacts();
  const version = parseCoordinates(
    kafka.find(({ artifact }) => artifact.includes(':kafka_2.13:'))?.artifact ?? '',
  ).version;
  const folder = await makeOnce(context, `kafka-format-${version}`, async (draft) => {
    const own = join(draft, 'format.properties');
    const first = { ...plan, dir: draft };
    writeFileSync(own, propertiesText(brokerProperties(first, 0)));
    const result = await runCommand(
      plan.java.program,
      [
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka-log.xml')}`,
        `-Dconcord.log=${join(draft, 'format.log')}`,
        '-cp',
        join(plan.jars, '*'),
        'kafka.tools.StorageTool',
        'format',
        '-t',
        CLUSTER_ID,
        '-c',
        own,
      ],
      { signal: context.signal },
    );
    if (result.code !== 0) {
      throw new LocalPartsError(
        'PART_NOT_STARTED',
        `Kafka could not format ${settings}: ${lastLine(result.output)}`,
      );
    }
  });
  return join(folder, brokerName(0));
}
