import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScenarioContext } from '../harness/scenario.ts';
import { MeasuredPipeline, type Standing } from './measured-pipeline.ts';

export interface Stretch {
  readonly seconds: number;
  readonly before: Standing;
  readonly after: Standing;
  readonly agesMs: readonly number[];
}

/** Lets the pipeline run at one rate of the venues and measures a stretch of it. */
export async function runPaced(
  context: ScenarioContext,
  folder: string,
  rate: number,
  time: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<Stretch> {
  const { signal, onProgress } = context;
  await using measured = await MeasuredPipeline.start({
    dir: join(context.dir, folder),
    rate,
    signal,
    onProgress,
  });
  await delay(time.warmUpMs, undefined, { signal });
  await measured.readConsensus();
  const before = await measured.standing();
  await delay(time.measureMs, undefined, { signal });
  const { agesMs } = await measured.readConsensus();
  const after = await measured.standing();
  return { seconds: (after.atMs - before.atMs) / 1000, before, after, agesMs };
}

const CALIBRATION_TIME = { warmUpMs: 8_000, measureMs: 5_000 };
const TRIES_MAX = 5;
const TOLERANCE = 0.1;

/**
 * The rate at which the venues send `ticksPerSecond` in all. Their trades excite one another and their quotes have a finest step, so
 * that twice the rate is not twice the ticks: it is found by trying.
 */
export async function findRate(
  context: ScenarioContext,
  ticksPerSecond: number,
  firstRate: number,
): Promise<number> {
  let rate = firstRate;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const { before, after, seconds } = await runPaced(context, `rate-${attempt}`, rate, CALIBRATION_TIME);
    const received = (after.received - before.received) / seconds;
    context.onProgress(`rate ${rate.toFixed(1)} of the venues gives ${Math.round(received)} ticks/s`);
    if (Math.abs(received / ticksPerSecond - 1) < TOLERANCE) break;
    rate *= Math.min(3, Math.max(1 / 3, ticksPerSecond / received));
  }
  return rate;
}

/** CPU time of a process for each tick of the stretch, in µs. */
export function cpuMicros({ before, after }: Stretch, process: string): number {
  const used = (after.usage.get(process)?.cpuMs ?? NaN) - (before.usage.get(process)?.cpuMs ?? NaN);
  return (used * 1000) / (after.received - before.received);
}

/** Cores kept busy meanwhile by processes that have nothing to do with the measurement: what makes its figures doubtful. */
export function coresOfOthers({ before, after, seconds }: Stretch): number {
  let own = 0;
  for (const [name, { cpuMs }] of after.usage) own += cpuMs - (before.usage.get(name)?.cpuMs ?? cpuMs);
  return Math.max(0, after.machineCpuMs - before.machineCpuMs - own) / (seconds * 1000);
}
