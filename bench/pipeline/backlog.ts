import { join } from 'node:path';
import { KINDS } from '@concord/model';
import { pollUntil } from '../harness/poll.ts';
import type { ScenarioContext } from '../harness/scenario.ts';
import { middleRate, type Point } from '../harness/statistics.ts';
import { plainKafka } from '../relay/kafka.ts';
import { drainRelay, type RelayMode } from '../relay/relay.ts';
import { MeasuredPipeline, scrape } from './measured-pipeline.ts';
import { ServiceProcess } from './service-process.ts';

export interface BacklogOptions {
  /** Ticks to be waiting before anything is measured. */
  readonly ticks: number;
  /** Rate of the venues while they fill the log. */
  readonly fillRate: number;
}

/** Records a second through two stages, or through two hops of a relay, of the very same records. */
export interface BacklogResult {
  readonly records: number;
  readonly pipeline: number;
  readonly relay: Readonly<Record<RelayMode, number>>;
}

const STAGES = ['validator', 'aggregator'];
const LOOK_MS = 200;
/** Clock markers go on being written while a stage runs, so that its lag need not come to nothing. */
const LAG_LEFT = 100;
const FILL_MS = 180_000;

/**
 * Lets the ingestors fill the raw topics while both stages are stopped, then lets the stages catch up, then two relays do the same
 * with the same records on the same broker. Nothing else runs meanwhile.
 */
export async function runBacklog(
  context: ScenarioContext,
  folder: string,
  options: BacklogOptions,
): Promise<BacklogResult> {
  const { signal, onProgress } = context;
  const dir = join(context.dir, folder);
  await using measured = await MeasuredPipeline.start({ dir, rate: options.fillRate, signal, onProgress });
  const { pipeline } = measured;
  const children = (stage: boolean): typeof pipeline.children =>
    pipeline.children.filter(({ name }) => STAGES.includes(name) === stage);
  const reach = (what: string, count: 'received' | 'fused', least: number): Promise<true> =>
    pollUntil(what, async () => ((await measured.standing())[count] >= least ? true : undefined), {
      signal,
      deadlineMs: FILL_MS,
    });
  await reach('the first records fused', 'fused', 1);
  await Promise.all(children(true).map((child) => child.stop()));
  await reach(`${options.ticks} ticks received`, 'received', options.ticks);
  await Promise.all(children(false).map((child) => child.stop()));
  await pipeline.venues?.[Symbol.asyncDispose]();
  const inputs = KINDS.map((kind) => `${pipeline.config.topicPrefix}raw.${kind}`);
  const before = await countRecords(measured.brokers, inputs);
  onProgress(`${before} records wait in raw.*`);
  const pipelineRate = await drainPipeline(measured, join(dir, 'logs'), signal);
  const relay = { brokers: measured.brokers, inputs, partitions: pipeline.config.partitions, signal };
  const records = await countRecords(measured.brokers, inputs);
  const plain = await drainRelay({ ...relay, mode: 'plain' }, records);
  const transactional = await drainRelay({ ...relay, mode: 'transactional' }, records);
  return {
    records,
    pipeline: pipelineRate,
    relay: { plain: plain.recordsPerSecond, transactional: transactional.recordsPerSecond },
  };
}

/** Records a second that went through both stages while they caught up. */
async function drainPipeline(
  { pipeline }: MeasuredPipeline,
  logs: string,
  signal: AbortSignal,
): Promise<number> {
  const start = (name: string): ServiceProcess =>
    new ServiceProcess(name, pipeline.configFile, join(logs, `${name}-backlog.log`));
  await using validator = start('validator');
  await using aggregator = start('aggregator');
  const addresses = await Promise.all([validator.address, aggregator.address]);
  const points: Point[] = [];
  const startMs = performance.now();
  const look = async (): Promise<true | undefined> => {
    const [validated, fused] = await Promise.all(addresses.map(scrape));
    const count = fused?.get('concord_records_in_total') ?? 0;
    const lags = [validated, fused].map((sums) => sums?.get('concord_lag_records') ?? Infinity);
    points.push({ x: performance.now() - startMs, y: count });
    return count > 0 && lags.every((lag) => lag < LAG_LEFT) ? true : undefined;
  };
  await pollUntil('both stages having caught up', look, { signal, everyMs: LOOK_MS });
  return middleRate(points);
}

/** Records that stand in the topics. */
async function countRecords(brokers: readonly string[], topics: readonly string[]): Promise<number> {
  const admin = plainKafka(brokers, 'bench').admin();
  await admin.connect();
  try {
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    return offsets.flat().reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}
