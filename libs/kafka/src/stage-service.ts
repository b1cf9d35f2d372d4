import { join } from 'node:path';
import { createCodec, type Codec } from '@concord/codec';
import { ConcordError } from '@concord/model';
import { Dependency, publicAddress, type ConcordConfig, type ServiceContext } from '@concord/runtime';
import type { KafkaConnection } from './connection.ts';
import { runStage } from './runner.ts';
import type { RunnerStatus, Stage } from './stage.ts';
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
export function codecFor({
  name,
  config,
  machineClock,
  logger,
  health,
  signal,
}: ServiceContext): Promise<Codec> {
  const { url, cacheDir } = config.registry;
  if (url === undefined)
    throw new AddressMissingError('the schema registry', 'registry.url', 'SCHEMA_REGISTRY_URL');
  const registry = new Dependency({
    part: 'registry',
    name: 'The schema registry',
    address: publicAddress(url),
    advice: 'waiting until it answers; start it there, or set SCHEMA_REGISTRY_URL',
    logger,
    health,
  });
  return createCodec({
    registry: url,
    prefix: config.topicPrefix,
    clock: machineClock,
    signal,
    onRetry: (error) => registry.away(error.reason),
    onAnswer: () => registry.reached(),
    onRemembered: (error) => {
      logger.warn(
        { reason: error.reason },
        `The schema registry at ${publicAddress(url)} cannot be used (${error.reason}): starting with the schema ids kept in ${cacheDir}; start it there, or set SCHEMA_REGISTRY_URL`,
      );
      registry.reached('away at the start: the schema ids kept from before are used');
    },
    ...(cacheDir === undefined ? {} : { cachePath: join(cacheDir, `schemas-${name}.json`) }),
  });
}

/** The brokers as what a service depends on: its health's part `kafka` and one line for each loss. */
export function brokersOf({ config, logger, health }: ServiceContext, meanwhile: string): Dependency {
  return new Dependency({
    part: 'kafka',
    name: 'Kafka',
    address: config.kafka.brokers.join(','),
    advice: `${meanwhile}; start a broker there, or set KAFKA_BROKERS`,
    logger,
    health,
  });
}

const HEALTH_EVERY_MS = 1_000;

const NOT_JOINED = 'not a member of the group';

function isRunning({ joined, tasks }: RunnerStatus): boolean {
  return joined && tasks.every(({ state }) => state === 'running');
}

function describeGroup({ joined, tasks }: RunnerStatus): string {
  if (!joined) return NOT_JOINED;
  const waiting = tasks.filter(({ state }) => state !== 'running');
  const reasons = waiting.map(
    ({ partition, state, lastError }) =>
      `; task ${partition} is ${state}${lastError === undefined ? '' : ` after: ${lastError}`}`,
  );
  return `${tasks.length - waiting.length} of ${tasks.length} tasks run${reasons.join('')}`;
}

/** Runs a stage as a service until it is asked to stop: connection, codec, metrics, health and `/status`. */
export async function serveStage(
  context: ServiceContext,
  createStage: (codec: Codec) => Stage,
): Promise<void> {
  const { name, config, clock, machineClock, logger, metrics, health, views, signal } = context;
  const kafka = kafkaConnection(config, `concord-${name}`);
  const brokers = brokersOf(context, 'waiting until it answers, nothing is lost');
  health.set('group', false, NOT_JOINED);
  const codec = await codecFor(context);
  await using runner = runStage({
    kafka,
    stage: createStage(codec),
    prefix: config.topicPrefix,
    partitions: config.partitions,
    clock,
    logger,
    metrics: taskMetrics(metrics),
    brokers,
    snapshotEveryMs: config.tasks.snapshotMs,
    checkpointEveryMs: config.tasks.checkpointMs,
  });
  views['/status'] = () => runner.status();
  const watch = machineClock.setRepeating(() => {
    const status = runner.status();
    health.set('group', isRunning(status), describeGroup(status));
  }, HEALTH_EVERY_MS);
  try {
    await runner.run(signal);
  } finally {
    watch.cancel();
  }
}
