import { join } from 'node:path';

/** The ports of one broker, which is a controller as well. */
export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

export interface ClusterSettings {
  /** The run's folder; each broker keeps its data in one of its own below. */
  readonly dir: string;
  /** One entry a broker. */
  readonly ports: readonly BrokerPorts[];
  /** Stronger than what is chosen here. */
  readonly settings: Readonly<Record<string, string>>;
}

const MESSAGE_BYTES_MAX = 8 << 20;
const LONG_MAX = '9223372036854775807';

export function brokerName(index: number): string {
  return `kafka-${index + 1}`;
}

export function brokerData(dir: string, index: number): string {
  return join(dir, brokerName(index));
}

/**
 * What `kafka.Kafka` reads. Replication follows the number of brokers (all of three, two in sync); internal topics are few and small, and
 * groups form without the wait that suits a data centre.
 */
export function brokerProperties(cluster: ClusterSettings, index: number): Record<string, string> {
  const count = cluster.ports.length;
  const own = cluster.ports[index];
  if (own === undefined) throw new RangeError(`there is no broker ${index} among ${count}`);
  const voters = cluster.ports.map(({ controller }, at) => `${at + 1}@127.0.0.1:${controller}`);
  return {
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${own.client},CONTROLLER://127.0.0.1:${own.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${own.client}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': brokerData(cluster.dir, index),
    ...replication(count),
    ...membership(count),
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': String(MESSAGE_BYTES_MAX),
    'replica.fetch.max.bytes': String(MESSAGE_BYTES_MAX),
    'transaction.max.timeout.ms': '900000',
    // Recordings and replays carry the time stamps of their own past, runs on another clock those of a future.
    'log.message.timestamp.before.max.ms': LONG_MAX,
    'log.message.timestamp.after.max.ms': LONG_MAX,
    'log.segment.delete.delay.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '16777216',
    ...cluster.settings,
  };
}

function replication(count: number): Record<string, string> {
  const replicas = String(Math.min(3, count));
  const inSync = count >= 3 ? '2' : '1';
  return {
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
  };
}

/**
 * A broker that was killed is let in again only when the session of its former life has run out: 9 s by default, which a next start would have to
 * wait. Several brokers notice a loss in 3 s; a single one gets a little longer, since its own stall fences the whole cluster.
 */
function membership(count: number): Record<string, string> {
  return count > 1
    ? { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }
    : { 'broker.session.timeout.ms': '4000', 'broker.heartbeat.interval.ms': '1000' };
}

/** The text of a Java properties file, which is ASCII: other characters of a path are written by their numbers. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('');
}

function escaped(value: string): string {
  const numbered = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return value.replaceAll('\\', '\\\\').replaceAll(/[^\x20-\x7e]/g, numbered);
}
