import { startParts } from '@concord/local';
import type { Measure, Scenario, ScenarioContext } from '../harness/scenario.ts';
import { medianMeasure, quantile } from '../harness/statistics.ts';
import {
  createTopics,
  drainRelay,
  fill,
  measureAges,
  type RelayMode,
  type RelayOptions,
} from '../relay/relay.ts';
import { sampleQuotes } from '../relay/sample.ts';

const RECORDS = 300_000;
const PARTITIONS = 2;
const RATE = 5_000;
const TIME = { warmUpMs: 3_000, measureMs: 10_000 };
const MODES: readonly RelayMode[] = ['plain', 'transactional'];

interface Round {
  recordsPerSecond: number;
  cpuMicros: number;
  p50Ms: number;
  p99Ms: number;
}

export const scenario: Scenario = {
  says: 'two bare copies from topic to topic: what the client and the broker can do at most on this machine',
  run: async (context) => {
    await using parts = await startParts({
      compiler: 'thorough',
      dir: context.dir,
      registry: false,
      redis: false,
      onProgress: context.onProgress,
      signal: context.signal,
    });
    const values = sampleQuotes();
    const rounds = new Map<RelayMode, Round[]>(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < context.rounds; round += 1) {
      for (const mode of MODES)
        rounds.get(mode)?.push(await runRound(context, parts.kafkaBrokers, values, mode, round));
    }
    return MODES.flatMap((mode) => measures(mode, rounds.get(mode) ?? []));
  },
};

async function runRound(
  { signal, onProgress }: ScenarioContext,
  brokers: readonly string[],
  values: readonly string[],
  mode: RelayMode,
  round: number,
): Promise<Round> {
  const [full, paced] = ['full', 'paced'].map((name) => `${name}-${mode}-${round}`) as [string, string];
  await createTopics(brokers, [full, paced], PARTITIONS);
  await fill({ brokers, topic: full, partitions: PARTITIONS, rate: 'max', total: RECORDS, values }, signal);
  const relay = (input: string): RelayOptions => ({
    brokers,
    mode,
    inputs: [input],
    partitions: PARTITIONS,
    signal,
  });
  const { recordsPerSecond, cpuMicros } = await drainRelay(relay(full), RECORDS);
  onProgress(`${mode}, round ${round + 1}: ${Math.round(recordsPerSecond)} records/s`);
  const agesMs = await measureAges(relay(paced), { rate: RATE, values }, TIME);
  return {
    recordsPerSecond,
    cpuMicros: Math.max(...cpuMicros),
    p50Ms: quantile(agesMs, 0.5),
    p99Ms: quantile(agesMs, 0.99),
  };
}

function measures(mode: RelayMode, rounds: readonly Round[]): Measure[] {
  const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
  return [
    medianMeasure(
      `${mode} throughput`,
      'records/s',
      of(({ recordsPerSecond }) => recordsPerSecond),
    ),
    medianMeasure(
      `${mode} CPU of the dearer hop`,
      'µs/record',
      of(({ cpuMicros }) => cpuMicros),
    ),
    medianMeasure(
      `${mode} p50 at ${RATE}/s`,
      'ms',
      of(({ p50Ms }) => p50Ms),
    ),
    medianMeasure(
      `${mode} p99 at ${RATE}/s`,
      'ms',
      of(({ p99Ms }) => p99Ms),
    ),
  ];
}
