import { ManualClock } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';

describe('the limits of the simulated Binance', () => {
  let clock: ManualClock;
  let bench: TestVenues;
  beforeEach(async () => {
    clock = new ManualClock();
    bench = await TestVenues.open({ venues: ['binance'], clock, rate: 0.1 });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const breaches = (): unknown => bench.venues.stats().venues['binance']?.breaches;
  const get = (path: string): ReturnType<TestVenues['get']> => bench.get('binance', `/api/v3/${path}`);
  const used = (headers: Headers): number => Number(headers.get('x-mbx-used-weight-1m'));
  /** Sends and waits for the answer. */
  const ask = async (client: TestClient, message: Record<string, unknown> = {}): Promise<string> => {
    const count = client.frames.length;
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: count, ...message });
    return client.waitFor((text) => text.includes(`"id":${count}`));
  };

  // https://developers.binance.com/docs/binance-spot-api-docs/rest-api, 2026-07-21
  it.each([
    ['ping', 1],
    ['time', 1],
    ['exchangeInfo', 20],
    ['klines?symbol=BTCUSDT&interval=1m&limit=1000', 2],
    ['aggTrades?symbol=BTCUSDT&limit=1000', 4],
    ['trades?symbol=BTCUSDT', 25],
    ['historicalTrades?symbol=BTCUSDT&fromId=1', 25],
    ['depth?symbol=BTCUSDT&limit=100', 5],
    ['depth?symbol=BTCUSDT&limit=500', 25],
    ['depth?symbol=BTCUSDT&limit=1000', 50],
    ['depth?symbol=BTCUSDT&limit=5000', 250],
    ['ticker/24hr?symbol=BTCUSDT', 2],
    ['ticker/24hr?symbols=["BTCUSDT","XRPUSDT"]', 2],
    ['ticker/24hr', 80],
    ['ticker/price?symbol=BTCUSDT', 2],
    ['ticker/price', 4],
    ['ticker/bookTicker', 4],
  ])('count %s with the documented weight of %i', async (path, weight) => {
    const before = used((await get('ping')).headers);
    expect(used((await get(path)).headers)).toBe(before + weight);
    expect(breaches()).toEqual({});
  });

  it('refuse with 429 what is over 6,000 a minute, until the minute ends, and begin anew then', async () => {
    clock.advance(30_000 - (clock.nowMs() % 60_000));
    for (let i = 0; i < 24; i++)
      expect(await get('depth?symbol=BTCUSDT&limit=5000')).toMatchObject({ status: 200 });
    const over = await get('ping');
    expect(over).toMatchObject({ status: 429, body: { code: -1003 } });
    expect([over.headers.get('retry-after'), used(over.headers)]).toEqual(['30', 6_000]);
    expect(breaches()).toEqual({ weight: 1 });
    clock.advance(30_000);
    const anew = await get('ping');
    expect([anew.status, used(anew.headers)]).toEqual([200, 1]);
  });

  it('ban with 418 who goes on after a 429, for two minutes, then for four', async () => {
    const ban = async (): Promise<string | null> => {
      clock.advance(60_000 - (clock.nowMs() % 60_000));
      for (let i = 0; i < 24; i++) await get('depth?symbol=BTCUSDT&limit=5000');
      let status = 0;
      for (let i = 0; i < 6; i++) ({ status } = await get('ping'));
      expect(status).toBe(429);
      const banned = await get('ping');
      expect(banned.status).toBe(418);
      return banned.headers.get('retry-after');
    };
    expect(await ban()).toBe('120');
    clock.advance(119_000);
    expect((await get('ping')).status).toBe(418);
    clock.advance(1_000);
    expect((await get('ping')).status).toBe(200);
    expect(await ban()).toBe('240');
    expect(breaches()).toEqual({ weight: 2, 'ignored-waits': 2 });
  });

  it('close a connection with 1008 on the sixth message in a second, pongs counted', async () => {
    const [patient, hasty, ponging] = [
      await bench.client('binance', '/ws'),
      await bench.client('binance', '/ws'),
      await bench.client('binance', '/ws'),
    ];
    for (let i = 0; i < 5; i++) await ask(patient);
    clock.advance(1_000);
    for (let i = 0; i < 5; i++) await ask(patient);
    expect(breaches()).toEqual({});
    for (let i = 0; i < 5; i++) await ask(hasty);
    hasty.send({ method: 'LIST_SUBSCRIPTIONS', id: 6 });
    expect(await hasty.closed).toBe(1008);
    expect(hasty.frames).toHaveLength(5);
    for (let i = 0; i < 6; i++) ponging.pong('');
    expect(await ponging.closed).toBe(1008);
    expect(breaches()).toEqual({ messages: 2 });
  });

  it('refuse the 1,025th stream of a connection, by message and in the URL', async () => {
    const names = Array.from({ length: 1_025 }, (_, i) => `a${i}@trade`);
    const client = await bench.client('binance', `/stream?streams=${names.slice(0, 1_000).join('/')}`);
    expect(await ask(client, { method: 'SUBSCRIBE', params: names.slice(1_000, 1_024) })).toContain(
      '"result":null',
    );
    expect(breaches()).toEqual({});
    expect(await ask(client, { method: 'SUBSCRIBE', params: names.slice(1_024) })).toContain(
      'too many streams',
    );
    await ask(client, { method: 'UNSUBSCRIBE', params: names.slice(0, 1) });
    expect(await ask(client, { method: 'SUBSCRIBE', params: names.slice(1_024) })).toContain('"result":null');
    const tooMany = await bench.client('binance', `/stream?streams=${names.join('/')}`);
    expect(await tooMany.closed).toBe(1008);
    expect(breaches()).toEqual({ streams: 2 });
  });

  it('refuse the 301st attempt to connect in five minutes', async () => {
    for (let i = 0; i < 300; i++) await (await bench.client('binance', '/ws'))[Symbol.asyncDispose]();
    await expect(bench.client('binance', '/ws')).rejects.toThrow('429');
    clock.advance(300_000);
    await bench.client('binance', '/ws');
    expect(breaches()).toEqual({ connects: 1 });
  });

  it('cut who does not answer the ping of every 20 seconds with its payload within a minute', async () => {
    const [good, mute, wrong] = [
      await bench.client('binance', '/ws'),
      await bench.client('binance', '/ws', { autoPong: false }),
      await bench.client('binance', '/ws', { autoPong: false }),
    ];
    for (let seconds = 20; seconds <= 80; seconds += 20) {
      clock.advance(20_000);
      if (seconds > 60) break;
      for (const client of [good, mute, wrong]) await client.until(() => client.pings === seconds / 20);
      wrong.pong('something else');
      // The answer comes after the pong.
      await ask(good);
    }
    expect(breaches()).toEqual({});
    clock.advance(1_000);
    expect(await Promise.all([mute.closed, wrong.closed])).toEqual([1008, 1008]);
    expect(await ask(good)).toContain('"result"');
    expect(breaches()).toEqual({ 'pong-ms': 2 });
  });

  it('are off or higher where that is asked for', async () => {
    await using free = await TestVenues.open({
      venues: ['binance'],
      clock,
      limits: { 'binance.messages': 'off', streams: 2 },
    });
    const client = await free.client(
      'binance',
      `/ws/${Array.from({ length: 2_048 }, (_, i) => `a${i}@trade`).join('/')}`,
    );
    for (let i = 0; i < 20; i++) await ask(client);
    expect(free.venues.stats().venues['binance']?.breaches).toEqual({});
    await expect(TestVenues.open({ clock, limits: { nonesuch: 2 } })).rejects.toThrow("limit 'nonesuch'");
  });
});
