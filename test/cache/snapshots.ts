import { randomUUID } from 'node:crypto';
import { SnapshotCache, SnapshotReader, type SnapshotCacheOptions } from '@concord/cache';
import type { ConsensusQuote } from '@concord/codec';
import { DAY } from '@concord/fusion/testing';
import { createLogger, Health, SystemClock } from '@concord/runtime';
import { Registry } from 'prom-client';

const clock = new SystemClock();

/** A prefix of the test's own: tests share one Redis. */
export function ownPrefix(): string {
  return `${randomUUID()}.`;
}

/** A consensus of sequence n, published n milliseconds into the day unless told otherwise. */
export function quoteOf(sequence: number, logTime = DAY + sequence * 1_000): ConsensusQuote {
  return {
    instrument: 'BTC-USDT',
    method: 'CONSENSUS',
    sequence,
    logTime,
    asOf: logTime,
    status: 'OK',
    mid: 65_000_005_000_000_000n,
    bid: 65_000_000_000_000_000n,
    ask: 65_000_010_000_000_000n,
    bestBid: null,
    bestBidSource: null,
    bestAsk: null,
    bestAskSource: null,
    crossed: false,
    confidence: 5_000_000_000n,
    emission: 'MOVE',
    triggerReceiveTime: null,
    sources: [],
    cumulativePriceTime: 0n,
    cumulativeConfidenceTime: 0n,
    downtimeMicros: 0,
    average: null,
    configVersion: 1,
  };
}

export const NAME = { topic: 'consensus.quotes', instrument: 'BTC-USDT' } as const;

export interface RunningCache extends AsyncDisposable {
  readonly cache: SnapshotCache;
  readonly health: Health;
  /** Value of one of its metrics. */
  figure(name: string): Promise<number>;
}

/** A cache that runs until disposed; disposing waits for its last flush. */
export function runCache(options: Pick<SnapshotCacheOptions, 'url' | 'prefix'>): RunningCache {
  const metrics = new Registry();
  const logger = createLogger({ name: 'cache', level: 'silent', clock });
  const health = new Health();
  const cache = SnapshotCache.create({ ...options, clock, logger, metrics, health });
  const stop = new AbortController();
  const running = cache.run(stop.signal);
  return {
    cache,
    health,
    async figure(name) {
      const metric = await metrics.getSingleMetric(name)?.get();
      return metric?.values[0]?.value ?? Number.NaN;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await cache[Symbol.asyncDispose]();
    },
  };
}

export function openReader(options: Pick<SnapshotCacheOptions, 'url' | 'prefix'>): Promise<SnapshotReader> {
  return SnapshotReader.create({ ...options, clock });
}
