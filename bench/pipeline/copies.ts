import { join } from 'node:path';
import { startParts } from '@concord/local';
import type { ScenarioContext } from '../harness/scenario.ts';
import { coordinatorReady } from '../relay/kafka.ts';
import { createTopics, measureAges } from '../relay/relay.ts';
import { sampleQuotes } from '../relay/sample.ts';

const TOPIC = 'paced';
const PARTITIONS = 2;

/**
 * Ages of records that are copied twice in transactions, at the pipeline's own pace and with the same client: how fast the machine
 * is at the moment. A fresh broker, warmed up as long as the pipeline's.
 */
export async function runCopies(
  { dir, signal, onProgress }: ScenarioContext,
  folder: string,
  perSecond: number,
  time: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<readonly number[]> {
  await using parts = await startParts({
    dir: join(dir, folder),
    compiler: 'thorough',
    registry: false,
    redis: false,
    onProgress,
    signal,
  });
  const brokers = parts.kafkaBrokers;
  await coordinatorReady(brokers);
  await createTopics(brokers, [TOPIC], PARTITIONS);
  const relay = { brokers, mode: 'transactional', inputs: [TOPIC], partitions: PARTITIONS, signal } as const;
  return await measureAges(relay, { rate: perSecond, values: sampleQuotes() }, time);
}
