import type { Clock, Dependency, Logger } from '@concord/runtime';
import type { Admin } from 'kafkajs';
import { createKafka, type KafkaConnection } from './connection.ts';
import { describeFailure } from './errors.ts';

export interface AskOptions {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
  readonly machineClock: Clock;
  /** Told when the brokers did not answer. */
  readonly brokers?: Pick<Dependency, 'away'>;
}

const PAUSE_MS = 1_000;

/**
 * Asks the brokers something, again until it succeeds; `undefined` when `signal` aborts first. A fatal error of `ask` is passed on,
 * any other counts as no answer.
 */
export async function askBrokers<T>(
  { kafka, logger, machineClock, brokers }: AskOptions,
  ask: (admin: Admin) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    const client = createKafka(kafka, logger);
    const admin = client.kafka.admin();
    signal.addEventListener('abort', client.destroy, { once: true });
    try {
      await admin.connect();
      return await ask(admin);
    } catch (error) {
      if (error instanceof Error && 'fate' in error && error.fate === 'fatal') throw error;
      if (!signal.aborted) brokers?.away(describeFailure(error));
      await machineClock.sleep(PAUSE_MS, signal);
    } finally {
      signal.removeEventListener('abort', client.destroy);
      await admin.disconnect().catch(() => undefined);
      client.destroy();
    }
  }
  return undefined;
}

/** Partitions of those of `topics` (physical names) that exist. Nothing is created by asking. */
export async function partitionCounts(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const known = new Set(await admin.listTopics());
  const metadata = await admin.fetchTopicMetadata({ topics: topics.filter((topic) => known.has(topic)) });
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
}
