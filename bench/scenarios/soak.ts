import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Measure, Scenario } from '../harness/scenario.ts';
import { slope, type Point } from '../harness/statistics.ts';
import { MeasuredPipeline } from '../pipeline/measured-pipeline.ts';
import { findRate } from '../pipeline/paced.ts';

const PACE = 5_000;
const FIRST_RATE = 20;
const LOOK_MS = 5_000;
/** Heaps grow to their working size first; the part of the time that is left out. */
const WARM_UP_SHARE = 0.3;
const GROWTH_MB_MAX = 1;
const SERVICE_MB_MAX = 200;

export const scenario: Scenario = {
  says: 'memory of each service over ten minutes at 5,000 ticks/s: a flat line',
  onRequest: true,
  run: async (context) => {
    const { dir, signal, onProgress, minutes } = context;
    const rate = await findRate(context, PACE, FIRST_RATE);
    await using measured = await MeasuredPipeline.start({
      dir: join(dir, 'soak'),
      rate,
      signal,
      onProgress,
    });
    const series = new Map<string, Point[]>();
    let lagMax = 0;
    const startMs = performance.now();
    const endMs = startMs + minutes * 60_000;
    while (performance.now() < endMs) {
      await delay(LOOK_MS, undefined, { signal });
      const { atMs, usage, lag } = await measured.standing();
      await measured.readConsensus();
      const minute = (atMs - startMs) / 60_000;
      if (minute > minutes * WARM_UP_SHARE) lagMax = Math.max(lagMax, lag);
      for (const [name, { residentMb }] of usage) {
        const points = series.get(name) ?? [];
        series.set(name, points);
        points.push({ x: minute, y: residentMb });
      }
      onProgress(`${minute.toFixed(1)} min, lag ${lag}, ${describe(series)}`);
    }
    const measures = [...series].flatMap(([name, points]) => memory(name, points, minutes));
    return [...measures, { name: 'largest lag after the start', unit: 'records', value: lagMax }];
  },
};

function describe(series: ReadonlyMap<string, readonly Point[]>): string {
  return [...series].map(([name, points]) => `${name} ${Math.round(points.at(-1)?.y ?? 0)} MB`).join(', ');
}

function memory(name: string, points: readonly Point[], minutes: number): Measure[] {
  const settled = points.filter(({ x }) => x > minutes * WARM_UP_SHARE);
  // Broker, registry and Redis are others', and the venues, the reader and this process are the measurement's.
  const isService = /^(ingestor-|validator$|aggregator$)/.test(name);
  return [
    {
      name: `memory of ${name}, growth`,
      unit: 'MB/min',
      value: slope(settled),
      ...(isService ? { atMost: GROWTH_MB_MAX } : {}),
    },
    {
      name: `memory of ${name}, most`,
      unit: 'MB',
      value: Math.max(...points.map(({ y }) => y)),
      ...(isService ? { atMost: SERVICE_MB_MAX } : {}),
    },
  ];
}
