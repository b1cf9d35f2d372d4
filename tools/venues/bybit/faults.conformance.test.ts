import { SystemClock } from '@concord/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../faults.ts';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';
import { INSTRUMENTS } from './testing/instruments.ts';

const SPOT = '/v5/public/spot';
const RECENT = '/v5/market/recent-trade?category=spot&symbol=BTCUSDT';

describe('the simulated Bybit commits on command', () => {
  let bench: TestVenues;
  let client: TestClient;
  beforeEach(async () => {
    bench = await TestVenues.open({
      venues: ['bybit'],
      instruments: INSTRUMENTS,
      rate: 40,
      clock: new SystemClock({ speed: 5 }),
    });
    client = await bench.client('bybit', SPOT);
    client.send({
      op: 'subscribe',
      args: ['publicTrade.BTCUSDT', 'publicTrade.XRPUSDT', 'orderbook.1.BTCUSDT'],
    });
    await client.until(() => client.frames.length > 20);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const inject = (fault: Fault): void => bench.venues.inject({ venue: 'bybit', ...fault });
  const counted = (kind: Fault['kind']): number => bench.venues.stats().venues['bybit']?.faults[kind] ?? 0;
  const more = (count: number): Promise<void> => {
    const have = client.frames.length;
    return client.until(() => client.frames.length > have + count);
  };
  /** Jumps of the ids of a symbol, from frame to frame, that are not +1. */
  const jumps = (symbol: string): number[] => {
    const frames = client.frames.filter((text) => text.startsWith(`{"topic":"publicTrade.${symbol}"`));
    const ids = frames.map((text) => [...text.matchAll(/"i":"(\d+)"/g)].map(([, id]) => Number(id)));
    return ids
      .slice(1)
      .map((own, n) => (own[0] ?? 0) - (ids[n]?.at(-1) ?? 0))
      .filter((jump) => jump !== 1);
  };
  const newestTrade = async (): Promise<number> => {
    const { body } = await bench.get('bybit', RECENT);
    return Number((body as { result: { list: { time: string }[] } }).result.list[0]?.time);
  };

  it.each(['cut', 'cut-mid-frame'] as const)('%s: every connection is gone without a word', async (kind) => {
    inject({ kind });
    expect(await client.closed).toBe(1006);
    expect(client.frames.some((text) => text.includes('NONESUCH'))).toBe(false);
    expect(counted(kind)).toBe(1);
  });

  it('planned-cut: every connection is closed a little later', async () => {
    inject({ kind: 'planned-cut', leadMs: 500 });
    expect(await client.closed).toBe(1001);
  });

  it('session-limit: a connection is closed at its age', async () => {
    inject({ kind: 'session-limit', durationMs: 1_000 });
    await client.closed;
    expect(counted('session-limit')).toBeGreaterThan(0);
  });

  it('restart: nobody listens, then the same address goes on with its ids', async () => {
    const before = await newestTrade();
    inject({ kind: 'restart', durationMs: 3_000 });
    await client.closed;
    await expect(bench.client('bybit', SPOT)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
    await expect.poll(() => newestTrade().catch(() => 0)).toBeGreaterThan(before);
  });

  it('silence and mute: nothing comes, or nothing of one symbol', async () => {
    inject({ kind: 'mute', symbol: 'BTCUSDT', data: 'trades', durationMs: 5_000 });
    await client.until(() => jumps('BTCUSDT').length > 0);
    expect(jumps('BTCUSDT')[0]).toBeGreaterThan(1);
    expect(jumps('XRPUSDT')).toEqual([]);
    inject({ kind: 'silence', durationMs: 600_000 });
    const sent = bench.venues.stats().venues['bybit']?.framesSent;
    await client.until(() => counted('silence') > 20);
    expect(bench.venues.stats().venues['bybit']).toMatchObject({ framesSent: sent, connections: 1 });
  });

  it('gap: frames of trades are left out, and REST has them', async () => {
    inject({ kind: 'gap', symbol: 'BTCUSDT', data: 'trades', count: 3 });
    await client.until(() => jumps('BTCUSDT').length > 0);
    const { body } = await bench.get('bybit', RECENT);
    const ids = (body as { result: { list: { execId: string }[] } }).result.list.map(({ execId }) =>
      Number(execId),
    );
    expect(ids).toEqual(ids.map((_, n) => (ids[0] ?? 0) - n));
    expect(jumps('BTCUSDT')[0]).toBeGreaterThan(3);
    expect(jumps('XRPUSDT')).toEqual([]);
  });

  it('duplicate and reorder: frames come twice, or after the next', async () => {
    inject({ kind: 'duplicate', symbol: 'BTCUSDT', data: 'trades', count: 2 });
    await client.until(() => jumps('BTCUSDT').length === 2);
    for (const jump of jumps('BTCUSDT')) expect(jump).toBeLessThanOrEqual(0);
    inject({ kind: 'reorder', symbol: 'XRPUSDT', data: 'trades', count: 1 });
    await client.until(() => jumps('XRPUSDT').length === 3);
    const [first = 0, second = 0, third = 0] = jumps('XRPUSDT');
    expect([first > 1, second < 0, third > 1]).toEqual([true, true, true]);
  });

  it('garbage, half-frame, unknown-symbol, huge-frame: such frames come, and the others go on', async () => {
    for (const kind of ['garbage', 'half-frame', 'unknown-symbol', 'huge-frame'] as const) inject({ kind });
    await client.waitFor((text) => text.length > 5 * 1024 * 1024);
    expect(client.frames).toContain('<html>502 Bad Gateway</html>');
    const strange = client.frames.filter((text) => text.includes('publicTrade.NONESUCH'));
    expect(strange.map((text) => text.endsWith('}]}'))).toEqual([false, true]);
    await more(20);
  });

  it('refuse-upgrade and rest-down: 503 for a while', async () => {
    inject({ kind: 'refuse-upgrade', durationMs: 2_000 });
    inject({ kind: 'rest-down', durationMs: 2_000 });
    await expect(bench.client('bybit', SPOT)).rejects.toThrow('503');
    const status = async (): Promise<number> =>
      (await fetch(`${bench.venues.addresses['bybit']?.restUrl}${RECENT}`)).status;
    expect(await status()).toBe(503);
    await expect.poll(status).toBe(200);
    await bench.client('bybit', SPOT);
  });

  it('rest-lag and clock-skew: REST shows trades late, the clock is wrong', async () => {
    const newestLive = (): number =>
      Number(
        /"T":(\d+)/.exec(
          client.frames.findLast((text) => text.includes('BTCUSDT","ts"') && text.includes('"T"')) ?? '',
        )?.[1],
      );
    inject({ kind: 'rest-lag', lagMs: 5_000, durationMs: 60_000 });
    expect(newestLive() - (await newestTrade())).toBeGreaterThan(4_000);
    inject({ kind: 'clock-skew', skewMs: 3_600_000, durationMs: 2_000 });
    const right = newestLive();
    await client.until(() => newestLive() - right > 3_000_000);
    await client.until(() => newestLive() - right < 3_000_000);
  });

  it('attack: its prices are off', async () => {
    const attack = {
      kind: 'offset',
      seed: 1,
      size: 0.5,
      lengthMicros: 60_000_000,
      venues: ['bybit'],
    } as const;
    inject({ kind: 'attack', attack });
    await client.waitFor((text) => Number(/"b":\[\["([\d.]+)"/.exec(text)?.[1] ?? 0) > 90_000);
  });
});
