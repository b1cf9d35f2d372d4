import { setTimeout as delay } from 'node:timers/promises';
import type { Measure, Scenario, ScenarioContext } from '../harness/scenario.ts';
import { median } from '../harness/statistics.ts';
import { FloodedIngestor } from '../ingest/flooded-ingestor.ts';

const TICKS_MIN = 30_000;
const MEMORY_MB_MAX = 150;
/** What is sent, a little more than what must be taken; and more than it can take, to see how much that is. */
const PACE = 33_000;
const FLOOD = 80_000;
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
  const { signal, onProgress } = context;
  await using flooded = await FloodedIngestor.start(context, folder, pace);
  await delay(WARM_UP_MS, undefined, { signal });
  const [before, cpuBefore, fromMs] = [await flooded.written(), flooded.usage().cpuMs, performance.now()];
  await delay(MEASURE_MS, undefined, { signal });
  const [after, cpuAfter, toMs] = [await flooded.written(), flooded.usage().cpuMs, performance.now()];
  onProgress(await flooded.memory());
  const ticks = after - before;
  return {
    perSecond: (ticks * 1_000) / (toMs - fromMs),
    microsPerTick: ((cpuAfter - cpuBefore) * 1_000) / ticks,
    peakMb: flooded.usage().peakMb,
  };
}
