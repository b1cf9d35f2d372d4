import { join } from 'node:path';
import { SystemClock } from '@concord/runtime';
import { silentLogger, until } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { runPipeline } from '../pipeline-run.ts';
import { cleanTrades, countOf, doubled, lost, shake, silentlyLost, tradesMade } from './random-cuts.ts';

const SEED = 20_261_123;
const SHAKE_MS = 30_000;
/** Holes are closed within this time after the last fault. */
const SETTLE_MS = 180_000;
const RATE = 10;

const clock = new SystemClock();
const MICROS = 1_000;

describe('venues that are cut, silenced and shaken at random, at ten times their real rate', () => {
  it(
    `lose no trade: each id they made stands once in clean.trades, or a marker says that it cannot be had (seed ${SEED})`,
    { timeout: 600_000 },
    async () => {
      const dir = join(import.meta.dirname, '../../.concord/test');
      const truthFile = join(dir, `cuts-${process.pid}.jsonl`);
      await using run = await runPipeline({
        name: 'cuts',
        configFile: join(import.meta.dirname, '../../examples/six-venues.yaml'),
        mode: 'simulated',
        seed: SEED,
        rate: RATE,
        truthFile,
      });
      const { pipeline, codec } = run;
      const { kafkaBrokers } = pipeline.parts;
      const prefix = pipeline.config.topicPrefix;
      const read = (): ReturnType<typeof cleanTrades> =>
        cleanTrades(kafkaBrokers, prefix, codec, silentLogger());
      const venues = Object.keys(pipeline.config.venues);
      const streams = pipeline.config.instruments.flatMap(({ id, venues: listed }) =>
        Object.keys(listed).map((venue) => `${venue} ${id}`),
      );
      await until(
        'trades of every stream',
        async () => {
          const { ids } = await read();
          return streams.every((key) => (ids.get(key)?.size ?? 0) > 0);
        },
        { everyMs: 200, withinMs: 180_000 },
      );
      const from = clock.nowMs() * MICROS;
      const faults = await shake({
        controlUrl: pipeline.venues?.controlUrl ?? '',
        venues,
        durationMs: SHAKE_MS,
        clock,
        seed: SEED,
      });
      const to = clock.nowMs() * MICROS;
      const made = await until(
        'every trade that was made is in clean.trades or stated as lost',
        async () => {
          const all = await tradesMade(truthFile, from, to);
          return all !== undefined && silentlyLost(all, await read()).length === 0 ? all : undefined;
        },
        { everyMs: 200, withinMs: SETTLE_MS },
      );
      const counts = Object.fromEntries(venues.map((venue) => [venue, countOf(made, venue)]));
      const clean = await read();
      const stated = lost(made, clean);
      process.stderr.write(
        `cuts: trades made ${JSON.stringify(counts)}, ${stated.length} stated as lost, faults ${JSON.stringify(faults)}\n`,
      );
      expect(countOf(made)).toBeGreaterThan(1_000);
      for (const venue of venues)
        expect({ venue, made: countOf(made, venue) > 50 }).toEqual({ venue, made: true });
      expect(doubled(made, clean, from, to)).toEqual([]);
      // Of Bybit's past the newest 60 trades can be had, of the others' all of it.
      expect(stated.filter((id) => !id.startsWith('bybit'))).toEqual([]);
    },
  );
});
