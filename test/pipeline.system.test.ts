import { INTERVALS, type Interval } from '@concord/model';
import { until } from '@concord/testkit';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { aggregatorStage } from '@concord/aggregator';
import { validatorStage } from '@concord/validator';
import { expectRecomputed } from './recomputed.ts';
import { runPipeline, type PipelineRun } from './pipeline-run.ts';

const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'];

/** Sequences per stream must count from 1 without a hole, in the order of the log. */
function expectWholeSequences(records: readonly { stream: string; sequence: number }[]): void {
  const next = new Map<string, number>();
  for (const { stream, sequence } of records) {
    expect(sequence, `next of ${stream}`).toBe(next.get(stream) ?? 1);
    next.set(stream, sequence + 1);
  }
}

async function everyInstrumentPublished(run: PipelineRun): Promise<boolean> {
  const quotes = await run.read('consensus.quotes');
  const ok = new Set(
    quotes.filter(({ value }) => value.status === 'OK').map(({ value }) => value.instrument),
  );
  return INSTRUMENTS.every((id) => ok.has(id));
}

describe('the whole pipeline on simulated venues', () => {
  it('publishes every instrument, loses and doubles nothing, and survives kill -9 of each service', async () => {
    const seed = 20_261_122;
    process.stderr.write(`seed ${seed}\n`);
    await using run = await runPipeline({ name: 'simulated', mode: 'simulated', seed, rate: 2 });
    await run.pipeline.listening;
    await until('an OK quote of every instrument', () => everyInstrumentPublished(run), { everyMs: 200 });
    for (const name of ['validator', 'aggregator']) {
      const { pid } = run.pipeline.services.get(name) ?? {};
      process.kill(pid as number, 'SIGKILL');
      const before = (await run.read('consensus.quotes')).length;
      await until(
        `consensus after the kill of ${name}`,
        async () => {
          const { length } = await run.read('consensus.quotes');
          return length > before + 20 ? length : undefined;
        },
        { everyMs: 200 },
      );
    }
    await until('enough to compare', async () => (await run.read('consensus.quotes')).length > 700, {
      everyMs: 200,
      withinMs: 120_000,
    });
    const quotes = await run.read('consensus.quotes');
    const trades = await run.read('consensus.trades');
    const bars = await run.read('consensus.bars');
    expectWholeSequences(
      quotes.map(({ value }) => ({
        stream: `${value.instrument} ${value.method}`,
        sequence: value.sequence,
      })),
    );
    expectWholeSequences(
      trades.map(({ value }) => ({
        stream: `${value.instrument} ${value.method}`,
        sequence: value.sequence,
      })),
    );
    expectWholeSequences(
      bars.map(({ value }) => ({
        stream: `${value.instrument} ${value.method} ${value.interval}`,
        sequence: value.sequence,
      })),
    );
    for (const { value } of quotes.filter(({ value }) => value.status === 'OK')) {
      expect(
        value.bid !== null && value.ask !== null && value.bid < value.ask,
        JSON.stringify(value.sequence),
      ).toBe(true);
    }
    for (const { value } of bars) {
      expect(value.end - value.start).toBe(INTERVALS[value.interval as Interval]);
    }
    await expectTradesOnce(run);
    const { topicPrefix, partitions } = run.pipeline.config;
    expect(await expectRecomputed(validatorStage(run.codec), topicPrefix, partitions)).toBeGreaterThan(1_000);
    expect(await expectRecomputed(aggregatorStage(run.codec), topicPrefix, partitions)).toBeGreaterThan(700);
    await expectRedisUpToDate(run);
  });
});

/** Every trade id a session saw live is in clean.trades once. */
async function expectTradesOnce(run: PipelineRun): Promise<void> {
  const trades = await run.read('clean.trades');
  const seen = new Set<string>();
  for (const { value } of trades) {
    const id = `${value.source} ${value.instrument} ${value.idKind} ${value.firstId}-${value.lastId}`;
    expect(seen.has(id), `${id} came twice`).toBe(false);
    seen.add(id);
  }
  expect(await run.read('quarantine')).toEqual([]);
}

/** Redis holds the sequence last committed, or a newer one. */
async function expectRedisUpToDate(run: PipelineRun): Promise<void> {
  const redis = new Redis(inject('redisUrl'));
  try {
    const prefix = run.pipeline.config.topicPrefix;
    for (const topic of ['consensus.quotes', 'consensus.trades'] as const) {
      const newest = new Map((await run.read(topic)).map(({ value }) => [value.instrument, value.sequence]));
      expect([...newest.keys()].sort()).toEqual(INSTRUMENTS);
      for (const [instrument, sequence] of newest) {
        const key = `concord:${prefix}snapshot:${topic}:${instrument}`;
        const held = await until(
          `${key} at ${sequence} or later`,
          async () => {
            const value = Number(await redis.hget(key, 'sequence'));
            return value >= sequence ? value : undefined;
          },
          { everyMs: 200 },
        );
        expect(held).toBeGreaterThanOrEqual(sequence);
      }
    }
  } finally {
    redis.disconnect();
  }
}
