import { join } from 'node:path';
import { createCodec, type Codec } from '@concord/codec';
import { ConcordError } from '@concord/model';
import type { ConcordConfig, ServiceContext } from '@concord/runtime';
import type { KafkaConnection } from './connection.ts';
import { runStage } from './runner.ts';
import type { InputRecord, Stage } from './stage.ts';
import { taskMetrics } from './task-metrics.ts';

/** An address that a service needs stands neither in its configuration nor in its environment. */
export class AddressMissingError extends ConcordError {
  constructor(what: string, key: string, variable: string) {
    super(
      'address-missing',
      'fatal',
      `No address of ${what} is known: set ${variable}, or ${key} in the configuration; \`npm start\` sets both.`,
    );
  }
}

/** The brokers of a configuration; throws `AddressMissingError` when it names none. */
export function kafkaConnection(config: ConcordConfig, clientId: string): KafkaConnection {
  if (config.kafka.brokers.length === 0)
    throw new AddressMissingError('Kafka', 'kafka.brokers', 'KAFKA_BROKERS');
  return { brokers: config.kafka.brokers, clientId };
}

/** A codec for a service: waits for the registry, or starts from the ids it kept while the registry is away. */
export function codecFor({ name, config, machineClock, logger, signal }: ServiceContext): Promise<Codec> {
  const { url, cacheDir } = config.registry;
  if (url === undefined)
    throw new AddressMissingError('the schema registry', 'registry.url', 'SCHEMA_REGISTRY_URL');
  return createCodec({
    registry: url,
    prefix: config.topicPrefix,
    clock: machineClock,
    signal,
    onRetry: (error, delayMs) =>
      logger.warn({ err: error, delayMs }, 'the schema registry does not answer; trying again'),
    ...(cacheDir === undefined ? {} : { cachePath: join(cacheDir, `schemas-${name}.json`) }),
  });
}

/**
 * Fetches the schema ids of a batch that are not known yet: a stage's `prepare`. Without it sound records of a newer writer would be
 * taken for garbage, so a batch waits for the registry.
 */
export async function learnSchemas(
  codec: Codec,
  records: readonly InputRecord[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = new Set<number>();
  for (const { value } of records) {
    const id = codec.needs(value);
    if (id !== undefined) unknown.add(id);
  }
  if (unknown.size > 0) await codec.learn(unknown, signal);
}

const HEALTH_EVERY_MS = 1_000;

/** Runs a stage as a service until it is asked to stop: connection, codec, metrics, health and `/status`. */
export async function serveStage(
  context: ServiceContext,
  createStage: (codec: Codec) => Stage,
): Promise<void> {
  const { name, config, clock, machineClock, logger, metrics, health, views, signal } = context;
  const kafka = kafkaConnection(config, `concord-${name}`);
  health.set('group', false, 'not joined yet');
  const codec = await codecFor(context);
  await using runner = runStage({
    kafka,
    stage: createStage(codec),
    prefix: config.topicPrefix,
    partitions: config.partitions,
    clock,
    logger,
    metrics: taskMetrics(metrics),
    snapshotEveryMs: config.tasks.snapshotMs,
    checkpointEveryMs: config.tasks.checkpointMs,
  });
  views['/status'] = () => runner.status();
  const watch = machineClock.setRepeating(() => {
    const { joined, tasks } = runner.status();
    const running = tasks.filter(({ state }) => state === 'running').length;
    health.set('group', joined && running === tasks.length, `${running} of ${tasks.length} tasks run`);
  }, HEALTH_EVERY_MS);
  try {
    await runner.run(signal);
  } finally {
    watch.cancel();
  }
}
