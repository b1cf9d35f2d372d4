import { join } from 'node:path';
import type { ConsensusQuote } from '@concord/codec';
import { until } from '@concord/testkit';
import type { VenuesStats } from '@concord/venues';
import { describe, expect, it } from 'vitest';
import { runPipeline } from './pipeline-run.ts';

const SEED = 20_261_123;

describe('the configuration with six venues', () => {
  it(
    'publishes a share of Interactive Brokers and a pair of five venues, and keeps every limit of each',
    { timeout: 400_000 },
    async () => {
      const configFile = join(import.meta.dirname, '../examples/six-venues.yaml');
      await using run = await runPipeline({ name: 'six', mode: 'simulated', seed: SEED, configFile });
      await run.pipeline.listening;
      const quotes = async (instrument: string): Promise<ConsensusQuote[]> =>
        (await run.read('consensus.quotes'))
          .map(({ value }) => value)
          .filter((value) => value.instrument === instrument && value.mid !== null);
      const includes = ({ sources }: ConsensusQuote, ...names: string[]): boolean =>
        names.every((name) => sources.some(({ source, included }) => included && source === name));

      await until(
        'a share quoted by its one venue, at more than one price',
        async () => {
          const single = (await quotes('AAPL.US')).filter((quote) => quote.status === 'SINGLE');
          return (
            single.every((quote) => includes(quote, 'ib')) && new Set(single.map(({ mid }) => mid)).size > 1
          );
        },
        { everyMs: 200 },
      );
      await until(
        'a pair quoted by five',
        async () => {
          const fused = (await quotes('BTC-USDT')).filter((quote) => quote.status === 'OK');
          return fused.some((quote) => includes(quote, 'binance', 'coinbase', 'kraken', 'okx', 'bybit'));
        },
        { everyMs: 200 },
      );
      const answer = await fetch(`${run.pipeline.venues?.controlUrl}/control/stats`);
      const { venues } = (await answer.json()) as VenuesStats;
      const breaches = Object.fromEntries(Object.entries(venues).map(([name, one]) => [name, one.breaches]));
      expect(breaches).toEqual({ binance: {}, coinbase: {}, kraken: {}, okx: {}, bybit: {}, ib: {} });
      expect(venues['ib']?.sent['trades']).toBeGreaterThan(0);
    },
  );
});
