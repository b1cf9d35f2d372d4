import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';

interface Agg {
  readonly e: string;
  readonly E: number;
  readonly T: number;
  readonly a: number;
  readonly f: number;
  readonly l: number;
  readonly p: string;
  readonly q: string;
  readonly m: boolean;
}
interface Kline {
  readonly t: number;
  readonly T: number;
  readonly x: boolean;
  readonly o: string;
  readonly c: string;
  readonly n: number;
  readonly f: number;
  readonly L: number;
}

describe('the simulated Binance', () => {
  let bench: TestVenues;
  beforeAll(async () => {
    // Ten seconds of the market pass in one.
    bench = await TestVenues.open({ clock: new SystemClock({ speed: 10 }), limits: { messages: 'off' } });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const data = <T>(client: TestClient, stream: string): T[] =>
    client.frames.flatMap((text) => {
      const one = JSON.parse(text) as { stream?: string; data?: T };
      return one.stream === stream && one.data !== undefined ? [one.data] : [];
    });

  it('sends aggregates whose ids have no gap and cover every trade id once', async () => {
    const client = await bench.client('binance', '/stream?streams=btcusdt@aggTrade/btcusdt@trade');
    await client.until(() => client.frames.length > 200);
    const aggregates = data<Agg>(client, 'btcusdt@aggTrade');
    const trades = data<{ t: number }>(client, 'btcusdt@trade').map((one) => one.t);
    expect(aggregates.map((one) => one.a)).toEqual(aggregates.map((_, i) => (aggregates[0]?.a ?? 0) + i));
    for (const [i, one] of aggregates.entries()) {
      expect(one.f).toBe((aggregates[i - 1]?.l ?? one.f - 1) + 1);
      expect(one.l).toBeGreaterThanOrEqual(one.f);
      expect(one).toMatchObject({ e: 'aggTrade', s: 'BTCUSDT', M: true });
      expect(one.p).toMatch(/^\d+\.\d{8}$/);
      expect(one.E).toBeGreaterThanOrEqual(one.T);
    }
    expect(trades).toEqual(trades.map((_, i) => (trades[0] ?? 0) + i));
  });

  it('gives a raw connection the data alone, in microseconds where asked for', async () => {
    const client = await bench.client('binance', '/ws/btcusdt@aggTrade?timeUnit=MICROSECOND');
    const one = JSON.parse(await client.waitFor((text) => text !== '')) as Agg;
    expect(one.e).toBe('aggTrade');
    expect(one.T).toBeGreaterThan(1e15);
  });

  it('takes subscriptions while connected, lists them, ends them, and says what it does not understand', async () => {
    const client = await bench.client('binance', '/ws');
    client.send({ method: 'SUBSCRIBE', params: ['xrpusdt@bookTicker', 'nonesuch@trade'], id: 1 });
    const quote = JSON.parse(await client.waitFor((text) => text.includes('"u":'))) as Record<
      string,
      unknown
    >;
    expect(Object.keys(quote)).toEqual(['u', 's', 'b', 'B', 'a', 'A']);
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
    client.send({ method: 'UNSUBSCRIBE', params: ['xrpusdt@bookTicker'], id: 3 });
    client.send({ method: 'DANCE', id: 4 });
    client.send({ method: 'SUBSCRIBE', params: ['what is this'], id: 5 });
    client.send('{"method":');
    client.send('null');
    await client.until(() => client.frames.filter((text) => text.includes('"code":3')).length === 2);
    expect(client.frames).toContain('{"result":null,"id":1}');
    expect(client.frames).toContain('{"result":["xrpusdt@bookTicker"],"id":2}');
    expect(client.frames).toContain('{"result":null,"id":3}');
    expect(client.frames).toContain('{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":5}');
    expect(client.frames.some((text) => text.includes('"code":2') && text.includes('"id":4'))).toBe(true);
  });

  it('puts the name of the stream around events from when a raw connection asks for it', async () => {
    const client = await bench.client('binance', '/ws/btcusdt@bookTicker');
    await client.waitFor((text) => text.startsWith('{"u":'));
    client.send({ method: 'GET_PROPERTY', params: ['combined'], id: 1 });
    client.send({ method: 'SET_PROPERTY', params: ['combined', true], id: 2 });
    await client.waitFor((text) => text.startsWith('{"stream":"btcusdt@bookTicker","data":{"u":'));
    client.send({ method: 'GET_PROPERTY', params: ['combined'], id: 3 });
    client.send({ method: 'GET_PROPERTY', params: ['colour'], id: 4 });
    client.send({ method: 'SET_PROPERTY', params: ['combined', 1], id: 5 });
    await client.waitFor((text) => text.includes('"id":5'));
    expect(client.frames.filter((text) => text.includes('"id":'))).toEqual([
      '{"result":false,"id":1}',
      '{"result":null,"id":2}',
      '{"result":true,"id":3}',
      '{"error":{"code":0,"msg":"Unknown property"},"id":4}',
      '{"error":{"code":1,"msg":"Invalid value type: expected Boolean"},"id":5}',
    ]);
  });

  it('closes each candle exactly once, and the candle is the one that REST gives', async () => {
    const client = await bench.client('binance', '/stream?streams=btcusdt@kline_1s');
    await client.until(
      () => data<{ k: Kline }>(client, 'btcusdt@kline_1s').filter((one) => one.k.x).length >= 8,
    );
    const closed = data<{ k: Kline }>(client, 'btcusdt@kline_1s')
      .map((one) => one.k)
      .filter((one) => one.x);
    expect(closed.map((one) => one.t)).toEqual(closed.map((_, i) => (closed[0]?.t ?? 0) + i * 1_000));
    const [first, last] = [closed[0], closed.at(-1)];
    const path = `/api/v3/klines?symbol=BTCUSDT&interval=1s&startTime=${first?.t}&endTime=${last?.t}`;
    const { body } = await bench.get('binance', path);
    const rows = (body as unknown[][]).map((row) => [row[0], row[1], row[4], row[6], row[8]]);
    expect(rows).toEqual(closed.map((one) => [one.t, one.o, one.c, one.T, one.n]));
  });

  it('repairs by id: a page of REST goes on where the live stream was', async () => {
    const client = await bench.client('binance', '/stream?streams=xrpusdt@aggTrade');
    await client.until(() => client.frames.length > 30);
    const live = data<Agg>(client, 'xrpusdt@aggTrade').slice(0, 30);
    const { body, headers } = await bench.get(
      'binance',
      `/api/v3/aggTrades?symbol=XRPUSDT&fromId=${live[0]?.a}&limit=30`,
    );
    const fields = (one: Agg): unknown => [one.a, one.p, one.q, one.f, one.l, one.T, one.m];
    expect((body as Agg[]).map(fields)).toEqual(live.map(fields));
    expect(Number(headers.get('x-mbx-used-weight-1m'))).toBeGreaterThanOrEqual(4);
    const [from, to] = [live[5]?.T ?? 0, live[20]?.T ?? 0];
    const byTime = await bench.get(
      'binance',
      `/api/v3/aggTrades?symbol=XRPUSDT&startTime=${from}&endTime=${to}&limit=1000`,
    );
    const expected = live.filter((one) => one.T >= from && one.T <= to);
    expect((byTime.body as Agg[]).slice(0, expected.length).map(fields)).toEqual(expected.map(fields));
    const old = await bench.get(
      'binance',
      `/api/v3/historicalTrades?symbol=XRPUSDT&fromId=${live[0]?.f}&limit=2`,
    );
    expect((old.body as { id: number }[]).map((one) => one.id)).toEqual([live[0]?.f, (live[0]?.f ?? 0) + 1]);
  });

  it('answers what is wrong with a request as documented', async () => {
    expect(await bench.get('binance', '/api/v3/klines?symbol=NONESUCH&interval=1m')).toMatchObject({
      status: 400,
      body: { code: -1121 },
    });
    expect(await bench.get('binance', '/api/v3/klines?symbol=BTCUSDT')).toMatchObject({
      status: 400,
      body: { code: -1102 },
    });
    expect(await bench.get('binance', '/api/v3/klines?symbol=BTCUSDT&interval=7m')).toMatchObject({
      status: 400,
      body: { code: -1120 },
    });
    expect(await bench.get('binance', '/api/v3/nothing')).toMatchObject({ status: 404 });
  });
});
