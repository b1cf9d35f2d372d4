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

/** CPU time of a process for each tick of the stretch, in µs. */
export function cpuMicros({ before, after }: Stretch, process: string): number {
  const used = (after.usage.get(process)?.cpuMs ?? NaN) - (before.usage.get(process)?.cpuMs ?? NaN);
  return (used * 1000) / (after.received - before.received);
}
