import { join } from 'node:path';
import { createCodec } from '@concord/codec';
import { createLogger, SystemClock } from '@concord/runtime';
import { startPipeline } from 'concord-cli';
import {
  cleanTrades,
  countOf,
  doubled,
  lost,
  shake,
  silentlyLost,
  tradesMade,
} from '../../test/sources/random-cuts.ts';
import type { Measure, Scenario } from '../harness/scenario.ts';

const CONFIG_FILE = join(import.meta.dirname, '../../examples/six-venues.yaml');
/** Times the rate of the real venues. */
const RATE = 10;
const SEED = 20_261_123;
const START_MS = 20_000;
/**
 * A hole that history does not have is given up after some minutes; one of Interactive Brokers that has is filled page by page, at sixty requests in ten
 * minutes.
 */
const SETTLE_MS = 1_200_000;
const LOOK_MS = 10_000;

const clock = new SystemClock();
const logger = createLogger({ name: 'bench', level: 'error', clock });

export const scenario: Scenario = {
  says: 'trades lost or doubled while all venues are cut and shaken at random, at ten times their real rate',
  onRequest: true,
  run: async ({ dir, signal, minutes, onProgress }) => {
    const truthFile = join(dir, 'truth.jsonl');
    await using pipeline = await startPipeline({
      configFile: CONFIG_FILE,
      mode: 'simulated',
      dir: join(dir, 'cuts'),
      seed: SEED,
      rate: RATE,
      truthFile,
      signal,
    });
    await pipeline.listening;
    const { kafkaBrokers, registryUrl } = pipeline.parts;
    const prefix = pipeline.config.topicPrefix;
    const codec = await createCodec({ registry: registryUrl, prefix, clock });
    await clock.sleep(START_MS, signal);
    const from = clock.nowMicros();
    const venues = Object.keys(pipeline.config.venues);
    const durationMs = minutes * 60_000;
    const controlUrl = pipeline.venues?.controlUrl ?? '';
    let minute = 0;
    const telling = clock.setRepeating(
      () => onProgress(`minute ${++minute} of ${minutes} of faults`),
      60_000,
    );
    const faults = await shake({ controlUrl, venues, durationMs, clock, seed: SEED, signal }).finally(() =>
      telling.cancel(),
    );
    const to = clock.nowMicros();
    onProgress(`faults: ${JSON.stringify(faults)}`);
    const endMs = clock.monotonicMs() + SETTLE_MS;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      const made = await tradesMade(truthFile, from, to);
      const clean = await cleanTrades(kafkaBrokers, prefix, codec, logger);
      const unsaid = made === undefined ? undefined : silentlyLost(made, clean);
      onProgress(
        unsaid === undefined ? 'the venues are still at it' : `${unsaid.length} trades are not accounted for`,
      );
      if (made === undefined || unsaid === undefined) continue;
      if (unsaid.length > 0 && clock.monotonicMs() < endMs) continue;
      return [
        { name: 'faults', unit: 'faults', value: sum(Object.values(faults)) },
        { name: 'trades made', unit: 'trades', value: countOf(made) },
        { name: 'silently lost', unit: 'trades', value: unsaid.length, atMost: 0 },
        { name: 'doubled', unit: 'trades', value: doubled(made, clean, from, to).length, atMost: 0 },
        ...venues.map((venue): Measure => {
          const stated = lost(made, clean).filter((id) => id.startsWith(venue)).length;
          return { name: `${venue}: stated as lost`, unit: 'trades', value: stated };
        }),
      ];
    }
  },
};

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
