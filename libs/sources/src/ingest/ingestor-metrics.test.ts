import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { RestReading } from '../history/rest-host.ts';
import { IngestorMetrics } from './ingestor-metrics.ts';

describe('metrics of an ingestor', () => {
  it('tell of each REST host its breaker, the part of its limit in use and who waits, as they are when asked', async () => {
    const registry = new Registry();
    const metrics = new IngestorMetrics(registry, 'test', () => ({ queued: 0, oldestAgeMs: 0 }));
    let reading: RestReading = { breaker: 'CLOSED', usedShare: 0, waiting: 0 };
    metrics.restHost('a:1', () => reading);
    metrics.restHost('b:2', () => ({ breaker: 'HALF_OPEN', usedShare: 0, waiting: 0 }));
    const figures = async (host: string): Promise<string[]> =>
      (await registry.metrics())
        .split('\n')
        .filter((line) => line.includes(`host="${host}"`))
        .map((line) => `${/rest_\w+/.exec(line)?.[0]} ${line.split(' ').at(-1)}`);
    expect(await figures('a:1')).toEqual(['rest_breaker 0', 'rest_used_ratio 0', 'rest_waiting 0']);
    reading = { breaker: 'OPEN', usedShare: 0.75, waiting: 3 };
    expect(await figures('a:1')).toEqual(['rest_breaker 2', 'rest_used_ratio 0.75', 'rest_waiting 3']);
    expect(await figures('b:2')).toContain('rest_breaker 1');
  });
});
