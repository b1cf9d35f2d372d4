import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';
import { INSTRUMENTS } from './testing/instruments.ts';

interface Trade {
  readonly i: string;
  readonly T: number;
  readonly s: string;
  readonly S: string;
  readonly seq: number;
}
interface Kline {
  readonly start: number;
  readonly confirm: boolean;
}
interface Frame {
  readonly topic?: string;
  readonly type?: string;
  readonly ts?: number;
  readonly cts?: number;
  readonly data?: unknown;
  readonly op?: string;
  readonly success?: boolean;
  readonly ret_msg?: string;
  readonly req_id?: string;
}
interface Top {
  readonly b: string[][];
  readonly a: string[][];
  readonly u: number;
  readonly seq: number;
}
interface Listed {
  readonly retCode: number;
  readonly retMsg: string;
  readonly result: { readonly list: Record<string, unknown>[] };
}

/** Nothing happens in one of the two markets. */
const QUIET = {
  kind: 'absent',
  seed: 1,
  lengthMicros: 3_600_000_000,
  venues: ['bybit'],
  instruments: ['XRP-USDT'],
} as const;
const SPOT = '/v5/public/spot';
const LINEAR = '/v5/public/linear';
const MINUTE_MS = 60_000;

describe('the simulated Bybit', () => {
  let bench: TestVenues;
  beforeAll(async () => {
    bench = await TestVenues.open({
      clock: new SystemClock({ speed: 10 }),
      venues: ['bybit'],
      instruments: INSTRUMENTS,
    });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const frames = (client: TestClient): Frame[] => client.parsed() as Frame[];
  const of = (client: TestClient, topic: string): Frame[] =>
    frames(client).filter((frame) => frame.topic === topic);
  const replies = (client: TestClient): Frame[] => frames(client).filter(({ topic }) => topic === undefined);
  const subscribe = (client: TestClient, args: string[], id?: string): void =>
    client.send({ op: 'subscribe', args, req_id: id });

  it('answers requests by their id, and a ping, each category in its own form', async () => {
    const [spot, linear] = [await bench.client('bybit', SPOT), await bench.client('bybit', LINEAR)];
    for (const client of [spot, linear]) {
      subscribe(client, ['tickers.BTCUSDT'], '7');
      client.send({ op: 'ping' });
      await client.waitFor((text) => text.includes('"pong"'));
    }
    const id = expect.stringMatching(/^d9avt8shteepr00gfc1g-/) as string;
    expect(replies(spot)).toEqual([
      { success: true, ret_msg: 'subscribe', conn_id: id, req_id: '7', op: 'subscribe' },
      { success: true, ret_msg: 'pong', conn_id: id, op: 'ping' },
    ]);
    expect(replies(linear)).toEqual([
      { success: true, ret_msg: '', conn_id: id, req_id: '7', op: 'subscribe' },
      { success: true, ret_msg: 'pong', conn_id: id, req_id: '', op: 'ping' },
    ]);
  });

  it('refuses a whole request for one topic that is wrong or there already', async () => {
    const spot = await bench.client('bybit', SPOT);
    subscribe(spot, ['publicTrade.BTCUSDT', 'publicTrade.NONE']);
    subscribe(spot, ['kline.7.BTCUSDT']);
    subscribe(spot, ['publicTrade.BTCUSDT']);
    subscribe(spot, ['publicTrade.XRPUSDT', 'publicTrade.BTCUSDT']);
    spot.send({ op: 'unsubscribe', args: ['publicTrade.BTCUSDT'] });
    subscribe(spot, ['publicTrade.BTCUSDT']);
    spot.send({ op: 'gossip' });
    spot.send('{');
    await spot.until(() => replies(spot).length === 8);
    expect(replies(spot).map(({ success, ret_msg: text }) => [success, text])).toEqual([
      [false, 'Invalid symbol :[publicTrade.NONE]'],
      [false, 'Invalid symbol :[kline.7.BTCUSDT]'],
      [true, 'subscribe'],
      [false, 'error:already subscribed,topic:publicTrade.BTCUSDT'],
      [true, 'unsubscribe'],
      [true, 'subscribe'],
      [false, 'error:invalid op'],
      [false, 'error:invalid op'],
    ]);
    const linear = await bench.client('bybit', LINEAR);
    subscribe(linear, ['orderbook.1.NONE']);
    await linear.waitFor((text) => text.includes('error:handler not found,topic:orderbook.1.NONE'));
  });

  it('sends every trade, in the order of matching, under a number for spot and a UUID for contracts', async () => {
    const [spot, linear] = [await bench.client('bybit', SPOT), await bench.client('bybit', LINEAR)];
    for (const client of [spot, linear]) subscribe(client, ['publicTrade.BTCUSDT']);
    const trades = (client: TestClient): Trade[] =>
      of(client, 'publicTrade.BTCUSDT').flatMap(({ data }) => data as Trade[]);
    await spot.until(() => trades(spot).length > 60 && trades(linear).length > 60);
    const ids = trades(spot).map(({ i }) => Number(i));
    expect(ids).toEqual(ids.map((_, n) => (ids[0] ?? 0) + n));
    for (const frame of of(spot, 'publicTrade.BTCUSDT'))
      expect(new Set((frame.data as Trade[]).map(({ T, seq, S }) => `${T} ${seq} ${S}`)).size).toBe(1);
    for (const { i } of trades(linear)) expect(i).toMatch(/^c0ffee00-0000-5000-8000-[0-9a-f]{12}$/);
    expect(new Set(trades(linear).map(({ i }) => i)).size).toBe(trades(linear).length);
  });

  it('sends the top of the book on each change, and again with the same number after 3 s without one', async () => {
    const client = await bench.client('bybit', SPOT);
    subscribe(client, ['orderbook.1.XRPUSDT', 'orderbook.1.BTCUSDT']);
    const tops = (symbol: string): { at: number; top: Top }[] =>
      of(client, `orderbook.1.${symbol}`).map(({ cts = 0, data }) => ({ at: cts, top: data as Top }));
    await client.until(() => tops('BTCUSDT').length > 100);
    const list = tops('BTCUSDT');
    for (const [n, { at, top }] of list.entries()) {
      const before = list[n - 1];
      expect(Number(top.b[0]?.[0])).toBeLessThan(Number(top.a[0]?.[0]));
      if (before === undefined) continue;
      const isSame = JSON.stringify([top.b, top.a]) === JSON.stringify([before.top.b, before.top.a]);
      expect(top.u - before.top.u).toBe(isSame ? 0 : 1);
      if (isSame) expect(at - before.at).toBeGreaterThanOrEqual(3_000);
    }
    bench.venues.inject({ kind: 'attack', attack: QUIET });
    await client.until(() => {
      const [last, beforeLast] = tops('XRPUSDT').slice(-2).reverse();
      return last !== undefined && last.top.u === beforeLast?.top.u;
    });
  });

  it('sends the present candle at once, then its changes, and the closing one with the first of the next', async () => {
    const client = await bench.client('bybit', SPOT);
    subscribe(client, ['kline.1.BTCUSDT', 'kline.D.XRPUSDT']);
    const rows = (): Kline[][] => of(client, 'kline.1.BTCUSDT').map(({ data }) => data as Kline[]);
    await client.until(() => rows().filter((one) => one.length === 2).length > 0);
    const closing = rows().filter((one) => one.length === 2);
    for (const [closed, next] of closing) {
      expect([closed?.confirm, next?.confirm]).toEqual([true, false]);
      expect((next?.start ?? 0) - (closed?.start ?? 0)).toBe(MINUTE_MS);
    }
    expect(of(client, 'kline.D.XRPUSDT')[0]?.data).toMatchObject([{ interval: 'D', confirm: false }]);
  });

  it('sends deeper books as a snapshot and numbered changes that keep the book of a client whole', async () => {
    const client = await bench.client('bybit', SPOT);
    subscribe(client, ['orderbook.50.BTCUSDT']);
    await client.until(() => of(client, 'orderbook.50.BTCUSDT').length > 200);
    const book = { b: new Map<string, string>(), a: new Map<string, string>() };
    let update = 0;
    for (const { type, data } of of(client, 'orderbook.50.BTCUSDT')) {
      const part = data as Top;
      if (type === 'snapshot') update = part.u - 1;
      expect(part.u).toBe(++update);
      for (const side of ['b', 'a'] as const) {
        if (type === 'snapshot') book[side].clear();
        for (const [price = '', size = ''] of part[side])
          if (Number(size) === 0) book[side].delete(price);
          else book[side].set(price, size);
      }
      const [bids, asks] = [[...book.b.keys()].map(Number), [...book.a.keys()].map(Number)];
      expect(Math.max(...bids)).toBeLessThan(Math.min(...asks));
      expect([bids.length, asks.length].every((length) => length > 10 && length <= 25)).toBe(true);
    }
    const { body } = await bench.get('bybit', '/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=5');
    const { result } = body as { result: Top };
    expect([result.b.length, result.a.length]).toEqual([5, 5]);
  });

  it('gives at most 1,000 candles of a range, the newest of it, newest first, flat where nothing was traded', async () => {
    const now = Number(
      ((await bench.get('bybit', '/v5/market/time')).body as { result: { timeSecond: string } }).result
        .timeSecond,
    );
    const minute = Math.floor(now / 60) * MINUTE_MS;
    const starts = async (query: string): Promise<number[]> => {
      const { body } = await bench.get('bybit', `/v5/market/kline?category=spot&symbol=XRPUSDT&${query}`);
      return (body as { result: { list: string[][] } }).result.list.map(([start]) => Number(start));
    };
    const back = (from: number, count: number): number[] =>
      Array.from({ length: count }, (_, n) => from - n * MINUTE_MS);
    const range = `start=${minute - 1_200 * MINUTE_MS}&end=${minute - MINUTE_MS}`;
    expect(await starts(`interval=1&limit=1000&${range}`)).toEqual(back(minute - MINUTE_MS, 1_000));
    expect(await starts(`interval=1&${range}`)).toEqual(back(minute - MINUTE_MS, 200));
    expect(await starts(`interval=1&limit=3&start=${minute - 1_200 * MINUTE_MS}`)).toEqual(
      back(minute - 1_198 * MINUTE_MS, 3),
    );
    expect(await starts('interval=D&limit=1')).toHaveLength(1);
  });

  it('gives of trades the newest 60 for spot, the same as the stream told, and no cursor', async () => {
    const client = await bench.client('bybit', SPOT);
    subscribe(client, ['publicTrade.BTCUSDT']);
    const live = (): Trade[] => of(client, 'publicTrade.BTCUSDT').flatMap(({ data }) => data as Trade[]);
    await client.until(() => live().length > 70);
    const path = '/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=1000';
    const { list } = ((await bench.get('bybit', path)).body as Listed).result;
    expect(list).toHaveLength(60);
    await client.until(() => live().some(({ i }) => i === list[0]?.['execId']));
    const told = new Map(live().map((one) => [one.i, one]));
    const both = list.filter(({ execId }) => told.has(String(execId)));
    expect(both.length).toBeGreaterThan(20);
    for (const { execId, side, time, seq } of both)
      expect(told.get(String(execId))).toMatchObject({ S: side, T: Number(time), seq: Number(seq) });
    const contracts = await bench.get('bybit', '/v5/market/recent-trade?category=linear&symbol=BTCUSDT');
    expect((contracts.body as Listed).result.list.length).toBeGreaterThan(60);
  });

  it('tells errors with status 200', async () => {
    expect(await bench.get('bybit', '/v5/market/kline?category=spot&symbol=NONE&interval=1')).toMatchObject({
      status: 200,
      body: { retCode: 10_001, retMsg: 'Not supported symbols' },
    });
    const { body } = await bench.get('bybit', '/v5/market/instruments-info?category=option&baseCoin=BTC');
    expect((body as Listed).result.list).toEqual([]);
  });
});
