import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPipeline } from 'concord-cli';
import { stringify } from 'yaml';
import { usageOf } from '../harness/process-usage.ts';
import type { Measure, Scenario, ScenarioContext } from '../harness/scenario.ts';
import { median } from '../harness/statistics.ts';
import { Worker } from '../harness/worker.ts';
import type { FirehoseOptions, FirehoseReport } from '../ingest/firehose.ts';
import { scrape } from '../pipeline/measured-pipeline.ts';
import { plainKafka } from '../relay/kafka.ts';

const TICKS_MIN = 30_000;
const MEMORY_MB_MAX = 150;
/** What is sent, a little more than what must be taken; and more than it can take, to see how much that is. */
const PACE = 33_000;
const FLOOD = 80_000;
const SYMBOLS = 10;
const WARM_UP_MS = 20_000;
const MEASURE_MS = 20_000;

interface Round {
  readonly perSecond: number;
  readonly microsPerTick: number;
  readonly peakMb: number;
}

export const scenario: Scenario = {
  says: 'one ingestor process: ticks a second from the socket to the acknowledged Kafka write, and its memory',
  run: async (context) => {
    const paced: Round[] = [];
    const flooded: Round[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      context.onProgress(`round ${round} of ${context.rounds}`);
      paced.push(await runRound(context, `paced-${round}`, PACE));
      flooded.push(await runRound(context, `flooded-${round}`, FLOOD));
    }
    const measure = (
      name: string,
      unit: string,
      rounds: readonly number[],
      bound: Pick<Measure, 'atLeast' | 'atMost'> = {},
    ): Measure => ({ name, unit, value: median(rounds), rounds, ...bound });
    const peaks = paced.map(({ peakMb }) => peakMb);
    return [
      measure(`acknowledged of ${PACE} a second`, 'ticks/s', perSecond(paced), { atLeast: TICKS_MIN }),
      measure('peak memory at that pace', 'MB', peaks, { atMost: MEMORY_MB_MAX }),
      measure('acknowledged of as many as it takes', 'ticks/s', perSecond(flooded)),
      measure(
        'CPU for each tick',
        'µs',
        flooded.map(({ microsPerTick }) => microsPerTick),
      ),
      measure(
        'peak memory then',
        'MB',
        flooded.map(({ peakMb }) => peakMb),
      ),
    ];
  },
};

function perSecond(rounds: readonly Round[]): number[] {
  return rounds.map((round) => round.perSecond);
}

async function runRound(context: ScenarioContext, folder: string, pace: number): Promise<Round> {
  const { signal } = context;
  const dir = join(context.dir, folder);
  mkdirSync(dir, { recursive: true });
  const options: FirehoseOptions = { perSecond: pace };
  await using firehose = await Worker.start(join(import.meta.dirname, '../ingest/firehose.ts'), options);
  const { wsUrl } = await firehose.report<FirehoseReport>();
  const configFile = join(dir, 'concord.yaml');
  writeFileSync(configFile, stringify(configOf(wsUrl)));
  await using pipeline = await startPipeline({ configFile, mode: 'live', dir: join(dir, 'run'), signal });
  await pipeline.listening;
  const stages = pipeline.children.filter(({ name }) => !name.startsWith('ingestor-'));
  await Promise.all(stages.map((child) => child.stop()));
  const ingestor = pipeline.services.get('ingestor-binance');
  if (ingestor === undefined) throw new Error('there is no ingestor');
  const admin = plainKafka(pipeline.parts.kafkaBrokers, 'bench').admin();
  await admin.connect();
  const written = async (): Promise<number> => {
    const topics = ['raw.trades', 'raw.quotes'].map((topic) => pipeline.config.topicPrefix + topic);
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0);
  };
  const cpuMs = (): number => usageOf(ingestor.pid)?.cpuMs ?? NaN;
  try {
    await delay(WARM_UP_MS, undefined, { signal });
    const [before, cpuBefore, fromMs] = [await written(), cpuMs(), performance.now()];
    await delay(MEASURE_MS, undefined, { signal });
    const [after, cpuAfter, toMs] = [await written(), cpuMs(), performance.now()];
    const ticks = after - before;
    const parts = await scrape(ingestor);
    const mb = (name: string): number => Math.round((parts?.get(name) ?? NaN) / 1_048_576);
    context.onProgress(
      `heap ${mb('nodejs_heap_size_used_bytes')} of ${mb('nodejs_heap_size_total_bytes')} MB, external ${mb('nodejs_external_memory_bytes')} MB, resident ${mb('process_resident_memory_bytes')} MB`,
    );
    return {
      perSecond: (ticks * 1_000) / (toMs - fromMs),
      microsPerTick: ((cpuAfter - cpuBefore) * 1_000) / ticks,
      peakMb: usageOf(ingestor.pid)?.peakMb ?? NaN,
    };
  } finally {
    await admin.disconnect();
  }
}

function configOf(wsUrl: string): unknown {
  return {
    partitions: 2,
    venues: {
      binance: { wsUrl, restUrl: wsUrl.replace(/^ws/, 'http'), kinds: ['trades', 'quotes'] },
    },
    instruments: Array.from({ length: SYMBOLS }, (_, index) => ({
      id: `C${index}-USDT`,
      base: `C${index}`,
      quote: 'USDT',
      partition: index % 2,
      priceScale: 2,
      venues: { binance: { symbol: `C${index}USDT` } },
    })),
  };
}
