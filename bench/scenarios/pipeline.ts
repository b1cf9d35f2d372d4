import { coresOfOthers, cpuMicros, findRate, runPaced, type Stretch } from '../pipeline/paced.ts';
import { runCopies } from '../pipeline/copies.ts';
import { runBacklog, type BacklogResult } from '../pipeline/backlog.ts';
import type { Measure, Scenario, ScenarioContext } from '../harness/scenario.ts';
import { medianMeasure, quantile } from '../harness/statistics.ts';

const PACE = 5_000;
/** Node's and the JVM's compilers still work on the hot paths for about a minute after a start; 40 s give some 2,000 values to judge. */
const PACED_TIME = { warmUpMs: 60_000, measureMs: 40_000 };
/** Where the search for the venues' rate begins. */
const FIRST_RATE = 20;
/** More than the machine can take, so that the flood shows what it can. */
const FLOOD_FACTOR = 5;
const FLOOD_TIME = { warmUpMs: 10_000, measureMs: 15_000 };
/** At least ten seconds of both stages: in the first two their hot paths are still being compiled. */
const BACKLOG_TICKS = 800_000;

const RATIO_MIN = 0.4;
const P50_MS_MAX = 60;
const P99_MS_MAX = 150;
const SERVICE_MB_MAX = 200;
const PROCESSES = [
  'ingestor-binance',
  'ingestor-coinbase',
  'ingestor-kraken',
  'ingestor-okx',
  'ingestor-bybit',
  'validator',
  'aggregator',
  'broker',
  'venues',
];

interface Round {
  readonly paced: Stretch;
  readonly copiesMs: readonly number[];
  readonly flood: Stretch;
  readonly backlog: BacklogResult;
}

export const scenario: Scenario = {
  says: 'the whole pipeline: throughput beside a bare relay of the same records, latency at 5,000 ticks/s, CPU, memory',
  run: async (context) => {
    const rate = await findRate(context, PACE, FIRST_RATE);
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1)
      rounds.push(await runRound(context, round, rate));
    return [...throughput(rounds), ...latency(rounds), ...costs(rounds), ...memory(rounds)];
  },
};

async function runRound(context: ScenarioContext, round: number, rate: number): Promise<Round> {
  const { onProgress } = context;
  onProgress(`round ${round} of ${context.rounds}: ${PACE} ticks/s`);
  const paced = await runPaced(context, `paced-${round}`, rate, PACED_TIME);
  onProgress(`round ${round}: two transactional copies at the same pace`);
  const copiesMs = await runCopies(context, `copies-${round}`, PACE, PACED_TIME);
  onProgress(`round ${round}: as much as it takes`);
  const flood = await runPaced(context, `flood-${round}`, rate * FLOOD_FACTOR, FLOOD_TIME);
  onProgress(`round ${round}: a backlog, then the relay of the same records`);
  const backlog = await runBacklog(context, `backlog-${round}`, {
    ticks: BACKLOG_TICKS,
    fillRate: rate * FLOOD_FACTOR,
  });
  return { paced, copiesMs, flood, backlog };
}

function throughput(rounds: readonly Round[]): Measure[] {
  const of = (pick: (backlog: BacklogResult) => number): number[] =>
    rounds.map(({ backlog }) => pick(backlog));
  const ratio = of(({ pipeline, relay }) => pipeline / relay.plain);
  const transactionalRatio = of(({ pipeline, relay }) => pipeline / relay.transactional);
  return [
    medianMeasure(
      'backlog through both stages',
      'records/s',
      of(({ pipeline }) => pipeline),
    ),
    medianMeasure(
      'the same records, plain relay',
      'records/s',
      of(({ relay }) => relay.plain),
    ),
    medianMeasure(
      'the same records, transactional relay',
      'records/s',
      of(({ relay }) => relay.transactional),
    ),
    medianMeasure('pipeline / plain relay', 'ratio', ratio, { atLeast: RATIO_MIN }),
    medianMeasure('pipeline / transactional relay', 'ratio', transactionalRatio),
    medianMeasure('flood: ticks received', 'ticks/s', rates(rounds, 'flood', 'received')),
    medianMeasure('flood: ticks fused', 'ticks/s', rates(rounds, 'flood', 'fused')),
  ];
}

function rates(rounds: readonly Round[], phase: 'paced' | 'flood', count: 'received' | 'fused'): number[] {
  return rounds.map((round) => {
    const { before, after, seconds } = round[phase];
    return (after[count] - before[count]) / seconds;
  });
}

function latency(rounds: readonly Round[]): Measure[] {
  const of = (share: number): number[] => rounds.map(({ paced }) => quantile(paced.agesMs, share));
  const copies = (share: number): number[] => rounds.map(({ copiesMs }) => quantile(copiesMs, share));
  const ratio = (share: number): number[] => of(share).map((ms, round) => ms / (copies(share)[round] ?? NaN));
  return [
    medianMeasure('ticks received at the steady pace', 'ticks/s', rates(rounds, 'paced', 'received')),
    medianMeasure(
      'cores busy with other things',
      'cores',
      rounds.map(({ paced }) => coresOfOthers(paced)),
    ),
    medianMeasure('frame received → consensus read, p50', 'ms', of(0.5), { atMost: P50_MS_MAX }),
    medianMeasure('frame received → consensus read, p99', 'ms', of(0.99), { atMost: P99_MS_MAX }),
    medianMeasure('two transactional copies, p50', 'ms', copies(0.5)),
    medianMeasure('two transactional copies, p99', 'ms', copies(0.99)),
    medianMeasure('pipeline / two copies, p50', 'ratio', ratio(0.5)),
    medianMeasure('pipeline / two copies, p99', 'ratio', ratio(0.99)),
  ];
}

function costs(rounds: readonly Round[]): Measure[] {
  return PROCESSES.map((process) =>
    medianMeasure(
      `CPU of ${process} for each tick of all`,
      'µs',
      rounds.map(({ paced }) => cpuMicros(paced, process)),
    ),
  );
}

function memory(rounds: readonly Round[]): Measure[] {
  return PROCESSES.map((process) => {
    const peaks = rounds.map(({ paced }) => paced.after.usage.get(process)?.peakMb ?? NaN);
    const isService = process !== 'broker' && process !== 'venues';
    return medianMeasure(
      `peak memory of ${process}`,
      'MB',
      peaks,
      isService ? { atMost: SERVICE_MB_MAX } : {},
    );
  });
}
