import { createHash } from 'node:crypto';
import { createCodec, encodeMarker, type Codec, type ConfigMarker } from '@concord/codec';
import { createKafka, ensureTopics, topicSpecs, type KafkaClient } from '@concord/kafka';
import { ConcordError, KINDS } from '@concord/model';
import {
  fusionFor,
  pipelineConfiguration,
  qualityFor,
  SystemClock,
  type Clock,
  type ConcordConfig,
  type Logger,
} from '@concord/runtime';
import { requireAddresses } from './addresses.ts';
import { instrumentRecord } from './instrument-record.ts';
import { readPublished, type Published } from './published.ts';
import { requireClusterReachable } from './reach.ts';

export interface SetUpOptions {
  config: ConcordConfig;
  clock: Clock;
  logger: Logger;
}

export interface SetUpResult {
  /** Version of the configuration in force, from 1. */
  version: number;
  /** Whether it was published now; false when the log already held it. */
  changed: boolean;
}

/**
 * Makes a cluster ready for this configuration: topics, schemas, instruments and, when something that decides results has
 * changed, a `config` marker in every raw partition. Run it from one place at a time; repeating it changes nothing.
 */
export async function setUp({ config, clock, logger }: SetUpOptions): Promise<SetUpResult> {
  const { brokers, registryUrl } = requireAddresses(config);
  const connection = { brokers, clientId: 'concord-setup' };
  await requireClusterReachable(brokers, registryUrl);
  const client = createKafka(connection, logger);
  const past = config.clock.startAt !== null;
  try {
    const [codec] = await Promise.all([
      createCodec({ registry: registryUrl, prefix: config.topicPrefix, clock: new SystemClock() }),
      createTopics(client, config, past),
    ]);
    const published = await readPublished(connection, config.topicPrefix, logger);
    const digest = digestOf(config);
    if (published.digest === digest) return { version: published.version, changed: false };
    const version = published.version + 1;
    await publish({
      client,
      config,
      codec,
      version,
      digest,
      published,
      timestampMs: past ? clock.nowMs() : undefined,
    });
    logger.info({ version, digest }, 'configuration published');
    return { version, changed: true };
  } finally {
    client.destroy();
  }
}

/** More copies are asked for than there are brokers to hold them. */
export class TooFewBrokersError extends ConcordError {
  constructor(replication: number, brokers: number, options: ErrorOptions) {
    super(
      'too-few-brokers',
      'fatal',
      `kafka.replication: got ${replication}, expected at most ${brokers}, the number of brokers that run. ` +
        'Correct it in the configuration, or set KAFKA_BROKERS to a larger cluster; npm start brings one broker.',
      options,
    );
  }
}

/** Whether Kafka refused to create a topic for want of brokers; of several topics it is told for each. */
export function lacksBrokers(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('type' in error && error.type === 'INVALID_REPLICATION_FACTOR') return true;
  return 'errors' in error && Array.isArray(error.errors) && error.errors.some(lacksBrokers);
}

async function createTopics(client: KafkaClient, config: ConcordConfig, past: boolean): Promise<void> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const { topicPrefix: prefix, partitions } = config;
    await ensureTopics(
      admin,
      topicSpecs({
        prefix,
        partitions,
        replication: config.kafka.replication,
        past,
        slots: config.ingestors.slots,
      }),
    );
  } catch (error) {
    if (!lacksBrokers(error)) throw error;
    const { brokers } = await admin.describeCluster();
    throw new TooFewBrokersError(config.kafka.replication, brokers.length, { cause: error });
  } finally {
    await admin.disconnect();
  }
}

/** Digest of all that decides results, over every partition, and of the order of the instruments, which decides who serves them. */
export function digestOf(config: ConcordConfig): string {
  const content = Array.from({ length: config.partitions }, (_, partition) =>
    pipelineConfiguration(config, partition),
  );
  const order = config.instruments.map(({ id }) => id);
  return createHash('sha256').update(JSON.stringify({ content, order })).digest('hex');
}

interface Publication {
  client: KafkaClient;
  config: ConcordConfig;
  codec: Codec;
  version: number;
  digest: string;
  published: Published;
  /** Of the records; the broker's append time when undefined. */
  timestampMs: number | undefined;
}

/**
 * Markers first, instruments last: the stages know an instrument before an ingestor learns of it and writes its first tick. The instruments carry
 * version and digest, so that a set-up cut in between publishes the markers again, which changes nothing for a fold.
 */
async function publish({
  client,
  config,
  codec,
  version,
  digest,
  published,
  timestampMs,
}: Publication): Promise<void> {
  const producer = client.kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
  const timestamp = timestampMs === undefined ? {} : { timestamp: String(timestampMs) };
  await producer.connect();
  try {
    const markers = Array.from({ length: config.partitions }, (_, partition) => {
      const content = pipelineConfiguration(config, partition);
      const marker: ConfigMarker = { type: 'config', version, digest, content };
      return { partition, key: null, value: null, headers: { ...encodeMarker(marker) }, ...timestamp };
    });
    await producer.sendBatch({
      acks: -1,
      topicMessages: KINDS.map((kind) => ({ topic: `${config.topicPrefix}raw.${kind}`, messages: markers })),
    });
    const headers = { 'config-version': String(version), 'config-digest': digest };
    const current = config.instruments.map((instrument, place) => {
      const parameters = Object.fromEntries(
        KINDS.map((kind) => {
          const all = pipelineConfiguration(config, instrument.partition);
          return [
            kind,
            { quality: qualityFor(all, kind, instrument), fusion: fusionFor(all, kind, instrument) },
          ];
        }),
      );
      const value = codec.encode('instruments', instrumentRecord(instrument, parameters, version));
      const placed = { ...headers, 'config-place': String(place) };
      return { partition: 0, key: instrument.id, value, headers: placed, ...timestamp };
    });
    const ids = new Set(config.instruments.map(({ id }) => id));
    const removed = published.ids
      .filter((id) => !ids.has(id))
      .map((id) => ({ partition: 0, key: id, value: null, headers, ...timestamp }));
    await producer.send({
      acks: -1,
      topic: `${config.topicPrefix}instruments`,
      messages: [...removed, ...current],
    });
  } finally {
    await producer.disconnect();
  }
}
