import { KINDS, STAGES } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import type { Admin, ITopicConfig } from 'kafkajs';
import { TopicMismatchError } from './errors.ts';
import { isUnsettled, onceSettled } from './leaders.ts';

/** One partition per slot; nothing is ever written to it. */
export const ASSIGNMENTS = 'assignments';

/** A topic as it shall be. `topic` is the physical name, prefix included. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicSpecOptions {
  readonly prefix: string;
  readonly partitions: number;
  readonly replication: number;
  /** Playback or replay: timestamps are those of the original, so that nothing may be deleted by time. */
  readonly past: boolean;
  /** Into how many slots each ingestor's instruments are divided; 24 unless told. */
  readonly slots?: number | undefined;
}

const DAY_MS = 86_400_000;
/** Divisible by 1, 2, 3, 4, 6, 8 and 12: so many replicas have equally many slots. Also the largest number of replicas with work. */
const SLOTS = 24;
/** Largest record batch; a full order book of a garbage frame still fits. */
const MAX_MESSAGE_BYTES = 8 * 1_048_576;
/**
 * The broker re-encodes what a producer has compressed, so that no batch reaches a reader in a form that it cannot read. It also makes
 * `max.message.bytes` a bound of what comes out of a batch, not of what it was squeezed into.
 */
const COMPRESSION = 'compression.type';
const UNCOMPRESSED = 'uncompressed';
/** What lets only batches into the log that kafkajs can read. */
const READABLE = new Set([UNCOMPRESSED, 'gzip']);
/**
 * A compacted topic is cleaned only behind its active segment, and a takeover reads what is left. Small segments keep that short.
 */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(16 * 1_048_576),
  'segment.ms': String(3_600_000),
  'min.cleanable.dirty.ratio': '0.2',
};

/** The protocol's numbers for a topic's settings and for a setting of the topic's own; Node finds no such names in kafkajs. */
const TOPIC_RESOURCE: number = 2;
const GIVEN: number = 1;

/**
 * Every topic of a deployment with its settings. All that stages write has one partition count, so that partition p of a stage is
 * made from partition p of the stage before.
 */
export function topicSpecs(options: TopicSpecOptions): TopicSpec[] {
  const { prefix, partitions, replication, past, slots = SLOTS } = options;
  const common = {
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    [COMPRESSION]: UNCOMPRESSED,
    ...(replication >= 3 ? { 'min.insync.replicas': '2' } : {}),
  };
  const spec = (name: string, count: number, settings: Record<string, string>): TopicSpec => ({
    topic: prefix + name,
    partitions: count,
    replication,
    settings: { ...common, ...settings },
  });
  const keptFor = (days: number): Record<string, string> => ({
    'cleanup.policy': 'delete',
    'retention.ms': past ? '-1' : String(days * DAY_MS),
    // Only whole segments are deleted: short ones keep what is left near what was promised.
    'segment.ms': String(6 * 3_600_000),
  });
  const appended = { 'message.timestamp.type': past ? 'CreateTime' : 'LogAppendTime' };
  const carried = { 'message.timestamp.type': 'CreateTime' };
  const inputDays = { validator: 7, aggregator: 30 };
  return [
    ...KINDS.map((kind) => spec(`raw.${kind}`, partitions, { ...keptFor(7), ...appended })),
    ...KINDS.map((kind) => spec(`clean.${kind}`, partitions, { ...keptFor(30), ...carried })),
    ...KINDS.map((kind) => spec(`consensus.${kind}`, partitions, { ...keptFor(90), ...carried })),
    spec('quarantine', partitions, { ...keptFor(30), ...carried }),
    spec('quality', partitions, { ...keptFor(30), ...carried }),
    spec('sources', partitions, COMPACTED),
    spec('instruments', 1, COMPACTED),
    // Holds nothing: only its partitions are shared out.
    spec(ASSIGNMENTS, slots, keptFor(1)),
    ...STAGES.map((stage) => spec(`state.${stage}`, partitions, COMPACTED)),
    ...STAGES.map((stage) =>
      spec(`checkpoints.${stage}`, partitions, { ...keptFor(inputDays[stage]), ...carried }),
    ),
  ];
}

/**
 * Creates what is missing and checks what is there. Another partition count is refused with a `TopicMismatchError`, because an
 * instrument's partition is given once. Of an existing topic's settings only a compression that readers could not read is corrected;
 * the others are the operator's and stay. Safe when several
 * processes do it at once.
 */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter((spec) => !existing.has(spec.topic));
  if (missing.length > 0) await createTopics(admin, missing);
  const names = specs.map((spec) => spec.topic);
  const { topics } = await onceSettled(new SystemClock(), () => admin.fetchTopicMetadata({ topics: names }));
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  for (const spec of specs) requirePartitions(spec.topic, counts.get(spec.topic) ?? 0, spec.partitions);
  await keepReadable(
    admin,
    specs.filter(({ topic, settings }) => existing.has(topic) && settings[COMPRESSION] !== undefined),
  );
}

async function keepReadable(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  if (specs.length === 0) return;
  const type = TOPIC_RESOURCE;
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ topic }) => ({ type, name: topic })),
  });
  const resources = described.resources.flatMap(({ resourceName: name, configEntries: entries }) => {
    const compression = entries.find(({ configName }) => configName === COMPRESSION);
    if (READABLE.has(compression?.configValue ?? '')) return [];
    // The request replaces all settings that were given to the topic itself.
    const kept = entries
      .filter(({ configName, configSource }) => configSource === GIVEN && configName !== COMPRESSION)
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
    return [{ type, name, configEntries: [...kept, { name: COMPRESSION, value: UNCOMPRESSED }] }];
  });
  if (resources.length > 0) await admin.alterConfigs({ resources, validateOnly: false });
}

async function createTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const topics: ITopicConfig[] = specs.map((spec) => ({
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: spec.replication,
    configEntries: Object.entries(spec.settings).map(([name, value]) => ({ name, value })),
  }));
  // Resolves to false, without an error, when another process was first.
  try {
    await admin.createTopics({ topics, waitForLeaders: true, timeout: 10_000 });
  } catch (error) {
    // They are made, but kafkajs gives up waiting where a broker has not heard of one yet.
    if (!isUnsettled(error)) throw error;
  }
}

/** Refuses a topic whose partition count is not the deployment's. */
export function requirePartitions(topic: string, actual: number, expected: number): void {
  if (actual === expected) return;
  const setting = topic.endsWith(ASSIGNMENTS) ? 'ingestors.slots' : 'partitions';
  throw new TopicMismatchError(
    topic,
    actual === 0
      ? `Topic ${topic} does not exist. Run Concord's set-up (\`concord setup\`, part of \`concord up\`) against this cluster, or correct topicPrefix.`
      : `Topic ${topic} has ${actual} partitions and ${expected} are configured. Set ${setting} to ${actual}, or choose another topicPrefix and replay: an instrument's partition never changes.`,
  );
}
