import { SystemClock } from '@concord/runtime';
import { RECORDINGS_PRESENT, readOracle } from '@concord/testkit';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';
import { instrumentsOfRecording } from '../recording/instruments.ts';

const BASE = new URL('../../../../shared/realdata/', import.meta.url);
const OF_2026 = 'frames/bybit-2026-08-09.jsonl.gz';
const OF_2025 = 'frames/bybit-2025-06-13.jsonl.gz';
const file = (path: string): string => fileURLToPath(new URL(path, BASE));

describe.skipIf(!RECORDINGS_PRESENT)('a recording of Bybit (../shared/realdata)', () => {
  const open = async (path: string): Promise<TestVenues> => {
    const bench = await TestVenues.open({
      clock: new SystemClock(),
      recordings: [file(path)],
      speed: 'max',
      graceMs: 50,
    });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    return bench;
  };
  const subscribed = async (bench: TestVenues, category: string, topics: string[]): Promise<TestClient> => {
    const client = await bench.client('bybit', `/v5/public/${category}`);
    client.send({ op: 'subscribe', args: topics });
    await client.waitFor((text) => text.includes('"success":true'));
    return client;
  };
  const trades = (client: TestClient): number =>
    client.frames.reduce((sum, text) => sum + (text.match(/"S":"/g)?.length ?? 0), 0);

  it('gives spot and contracts of the same symbol to those who asked for them, verbatim', async () => {
    const bench = await open(OF_2026);
    const topics = ['publicTrade.BTCUSDT', 'publicTrade.ETHUSDT', 'kline.1.BTCUSDT'];
    const [spot, linear] = [
      await subscribed(bench, 'spot', topics),
      await subscribed(bench, 'linear', [...topics, 'publicTrade.SOLUSDT']),
    ];
    await bench.venues.finished;
    const { trades: oracle } = readOracle(OF_2026);
    const count = (...names: string[]): number =>
      names.reduce((sum, name) => sum + (oracle[name]?.count ?? NaN), 0);
    expect(trades(spot)).toBe(count('spot:BTCUSDT', 'spot:ETHUSDT'));
    expect(trades(linear)).toBe(count('linear:BTCUSDT', 'linear:ETHUSDT', 'linear:SOLUSDT'));
    expect(spot.frames.filter((text) => /"i":"[0-9a-f]+-/.test(text))).toEqual([]);
    const { sent, breaches } = bench.venues.stats().venues['bybit'] ?? {};
    expect(sent).toMatchObject({ trades: trades(spot) + trades(linear) });
    expect(breaches).toEqual({});
  });

  it('knows the spot instruments in it, with the steps that the venue listed', () => {
    const instruments = instrumentsOfRecording([file(OF_2026)]);
    expect(instruments).toMatchObject([
      { id: 'BTC-USDT', symbols: { bybit: 'BTCUSDT' }, priceTick: '0.1', sizeStep: '0.000001' },
      { id: 'ETH-USDT', symbols: { bybit: 'ETHUSDT' }, priceTick: '0.01', sizeStep: '0.00001' },
    ]);
    expect(instruments).toHaveLength(2);
    expect(instrumentsOfRecording([file(OF_2025)]).map(({ id }) => id)).toEqual([
      'ARB-USDC',
      'CPOOL-USDT',
      'KCS-USDT',
      'MASA-USDT',
      'OP-USDC',
      'TUSD-USDT',
    ]);
  });

  it('answers what was asked of REST when it was recorded', async () => {
    const bench = await open(OF_2026);
    const path = '/v5/market/instruments-info?category=spot&status=Trading&limit=1000';
    const { body } = await bench.get('bybit', path);
    expect((body as { result: { list: unknown[] } }).result.list).toHaveLength(557);
  });
});
