import { Kafka, logLevel } from '@concord/kafka/client';
import type { Consumer, ConsumerRunConfig } from 'kafkajs';

/** The plain client, set up for speed as the pipeline's own is. */
export function plainKafka(brokers: readonly string[], clientId: string): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 4, multiplier: 2, factor: 0.2, maxRetryTime: 500, retries: 10 },
  });
}

export const CONSUMER_SETTINGS = {
  sessionTimeout: 9_000,
  heartbeatInterval: 1_000,
  minBytes: 1,
  maxWaitTimeInMs: 100,
  maxBytesPerPartition: 2 * 1_048_576,
} as const;

/** Records in one request; larger batches cost kafkajs more per record. */
export const SEND_RECORDS = 1_000;

export function byPartition(): (args: { message: { partition?: number } }) => number {
  return ({ message }) => message.partition ?? 0;
}

/**
 * Starts a consumer and resolves when it is a member of its group. kafkajs neither rejects nor starts again after some faults: they
 * end the process, and with it the run, instead of leaving it to wait for ever.
 */
export async function runConsumer(
  consumer: Consumer,
  topics: readonly string[],
  config: ConsumerRunConfig,
): Promise<void> {
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return;
    process.stderr.write(`${payload.groupId}: ${payload.error.stack ?? payload.error.message}\n`);
    process.exit(1);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run(config);
  await joined;
}

const COORDINATOR_TRIES = 120;
const COORDINATOR_PAUSE_MS = 250;

/** Resolves once the broker names the coordinator of a group: one that has just started takes seconds, and a consumer of kafkajs ends for good meanwhile. */
export async function coordinatorReady(brokers: readonly string[]): Promise<void> {
  const admin = plainKafka(brokers, 'coordinator').admin();
  await admin.connect();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await admin.fetchOffsets({ groupId: 'coordinator' });
        return;
      } catch (error) {
        if (attempt >= COORDINATOR_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, COORDINATOR_PAUSE_MS));
      }
    }
  } finally {
    await admin.disconnect();
  }
}
