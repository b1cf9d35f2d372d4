import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeRoot } from '@concord/local';
import { SystemClock } from '@concord/runtime';
import { silentLogger, until } from '@concord/testkit';
import { stringify } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { runPipeline } from './pipeline-run.ts';
import { Fleet } from './replicas.ts';
import { cleanTrades, countOf, doubled, silentlyLost, tradesMade } from './sources/random-cuts.ts';

const SEED = 20_261_123;
const SHARES = ['T0', 'T1', 'T2', 'T3'];
const clock = new SystemClock();

const CONFIGURATION = {
  partitions: 2,
  venues: { ib: { kinds: ['trades'] } },
  fusion: { minimumSources: 1 },
  instruments: SHARES.map((share, place) => ({
    id: `${share}.US`,
    assetClass: 'EQUITY',
    base: share,
    quote: 'USD',
    partition: place % 2,
    priceScale: 2,
    tickBands: [{ tick: 0.01 }],
    lot: 1,
    venues: { ib: { symbol: `${share}.NASDAQ`, market: 'SMART' } },
  })),
};

test(
  'replicas at Interactive Brokers, whose prints have no ids, tell none twice: one comes, one is killed, one comes, one stops',
  { timeout: 400_000 },
  async () => {
    process.stderr.write(`seed ${SEED}\n`);
    const dir = mkdtempSync(join(storeRoot, 'test', 'ib-replicas-files-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const configFile = join(dir, 'concord.yaml');
    const truthFile = join(dir, 'truth.jsonl');
    writeFileSync(configFile, stringify(CONFIGURATION));
    const played = { seed: SEED, rate: 2, truthFile };
    await using run = await runPipeline({ name: 'ib-replicas', mode: 'simulated', configFile, ...played });
    await run.pipeline.listening;
    const read = () =>
      cleanTrades(
        run.pipeline.parts.kafkaBrokers,
        run.pipeline.config.topicPrefix,
        run.codec,
        silentLogger(),
      );
    const fleet = new Fleet(run, 'ib');
    await fleet.sharing([4], 60_000);
    const flowing = async (): Promise<boolean> => (await read()).ids.size >= 4;
    await until('prints of every share', flowing, { everyMs: 200 });
    const from = clock.nowMicros();

    const second = fleet.start('second');
    await fleet.sharing([2, 2], 60_000);
    const isTelling = async (): Promise<boolean> => {
      const own = (await run.read('raw.trades')).filter(({ value }) => value.session.includes('-second-'));
      return own.length > 10;
    };
    await until('prints from the second replica', isTelling, { everyMs: 200 });
    await second.kill();
    fleet.forget(second);
    await fleet.sharing([4], 60_000);
    const third = fleet.start('third');
    await fleet.sharing([2, 2], 60_000);
    await third[Symbol.asyncDispose]();
    fleet.forget(third);
    await fleet.sharing([4], 60_000);

    const to = clock.nowMicros();
    const made = await until('the truth', () => tradesMade(truthFile, from, to), { everyMs: 200 });
    const unsaid = async (): Promise<string[]> => silentlyLost(made, await read());
    const isSaid = async (): Promise<boolean> => (await unsaid()).length === 0;
    await until('every print is told or stated', isSaid, { everyMs: 200 }).catch(async () =>
      expect(await unsaid()).toEqual([]),
    );
    expect(countOf(made, 'ib')).toBeGreaterThan(100);
    expect(doubled(made, await read(), from, to)).toEqual([]);
  },
);
