import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VenueInstrument } from '../options.ts';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';

const INSTRUMENTS: readonly VenueInstrument[] = [
  ['BTC', '0.1', '0.00001', 65_000] as const,
  ['XRP', '0.0001', '0.1', 0.52] as const,
].map(([base, priceTick, sizeStep, startPrice]) => {
  const id = `${base}-USDT`;
  return { id, symbols: { okx: id }, priceTick, sizeStep, startPrice };
});

interface Row extends Record<string, unknown> {
  readonly tradeId: string;
  readonly count?: string;
  readonly sz: string;
  readonly seqId: number;
  readonly asks: readonly (readonly string[])[];
  readonly bids: readonly (readonly string[])[];
}
interface Frame {
  readonly event?: string;
  readonly arg?: { readonly channel: string; readonly instId: string };
  readonly action?: string;
  readonly data?: readonly Row[];
}

describe('the simulated OKX', () => {
  let bench: TestVenues;
  beforeAll(async () => {
    const clock = new SystemClock({ speed: 10 });
    bench = await TestVenues.open({
      clock,
      venues: ['okx'],
      instruments: INSTRUMENTS,
      limits: { connects: 'off' },
    });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const subscribe = (client: TestClient, channel: string, ...symbols: string[]): void =>
    client.send({ op: 'subscribe', args: symbols.map((instId) => ({ channel, instId })) });
  const frames = (client: TestClient): Frame[] =>
    client.frames.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as Frame);
  const pushed = (client: TestClient, channel: string): Row[] =>
    frames(client).flatMap(({ arg, data }) => (arg?.channel === channel ? (data ?? []) : []));
  const history = async (query: string): Promise<Row[]> => {
    const { body } = await bench.get('okx', `/api/v5/market/history-trades?instId=BTC-USDT&${query}`);
    return (body as { data: Row[] }).data;
  };

  it('answers for each channel by itself, in words that name it, and the text ping by the text pong', async () => {
    const client = await bench.client('okx', '/public');
    const args = [
      { channel: 'trades', instId: 'BTC-USDT' },
      { channel: 'trades', instId: 'NO-SUCH' },
      { channel: 'candle1m', instId: 'BTC-USDT' },
    ];
    client.send({ id: '1512', op: 'subscribe', args });
    client.send({ op: 'subscribe', argss: [] });
    client.send('ping');
    await client.waitFor((text) => text === 'pong');
    expect(frames(client).filter(({ event }) => event !== undefined)).toMatchObject([
      { id: '1512', event: 'subscribe', arg: args[0] },
      {
        id: '1512',
        event: 'error',
        code: '60018',
        msg: expect.stringMatching(/channel:trades,instId:NO-SUCH doesn't exist/) as string,
      },
      {
        id: '1512',
        event: 'error',
        code: '60018',
        msg: expect.stringMatching(/channel:candle1m,instId:BTC-USDT/) as string,
      },
      { event: 'error', code: '60012', msg: 'Invalid request: {"op":"subscribe","argss":[]}' },
    ]);
    const elsewhere = await bench.client('okx', '/private');
    await elsewhere.closed;
  });

  it('begins with the last trade, once, and merges fills so that every id is covered', async () => {
    const client = await bench.client('okx', '/public');
    subscribe(client, 'trades', 'BTC-USDT');
    subscribe(client, 'trades', 'BTC-USDT');
    await client.until(
      () =>
        pushed(client, 'trades').some((row) => Number(row.count) > 1) && pushed(client, 'trades').length > 60,
    );
    const rows = pushed(client, 'trades');
    let next = Number(rows[0]?.tradeId) + 1;
    for (const row of rows.slice(1)) {
      expect(Number(row.tradeId) - Number(row.count) + 1).toBe(next);
      next = Number(row.tradeId) + 1;
    }
    const merged = rows.find((row) => Number(row.count) > 1);
    const fills = await history(`type=1&after=${Number(merged?.tradeId) + 1}&limit=${merged?.count}`);
    expect(fills.reduce((sum, { sz }) => sum + Number(sz), 0)).toBeCloseTo(Number(merged?.sz), 9);
    expect(fills.map(({ px, side }) => [px, side])).toEqual(
      fills.map(() => [merged?.['px'], merged?.['side']]),
    );
  });

  it('tells single fills at /business, of which each id comes once', async () => {
    const client = await bench.client('okx', '/business');
    subscribe(client, 'trades-all', 'BTC-USDT');
    await client.until(() => pushed(client, 'trades-all').length > 60);
    const ids = pushed(client, 'trades-all').map(({ tradeId }) => Number(tradeId));
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index));
  });

  it('tells the best bid and ask at once and at every change, in growing numbers, without trailing zeros', async () => {
    const client = await bench.client('okx', '/public');
    subscribe(client, 'bbo-tbt', 'BTC-USDT');
    await client.until(() => pushed(client, 'bbo-tbt').length > 100);
    const rows = pushed(client, 'bbo-tbt');
    for (const [index, { seqId, asks, bids }] of rows.entries()) {
      expect(Number(bids[0]?.[0])).toBeLessThan(Number(asks[0]?.[0]));
      expect(`${bids[0]?.[0]} ${asks[0]?.[1]}`).not.toMatch(/\.\d*0( |$)/);
      if (index > 0) expect(seqId).toBeGreaterThan(rows[index - 1]?.seqId ?? Infinity);
    }
  });

  it('tells tickers and candles as REST does', async () => {
    const [client, business] = [await bench.client('okx', '/public'), await bench.client('okx', '/business')];
    subscribe(client, 'tickers', 'BTC-USDT', 'XRP-USDT');
    subscribe(business, 'candle1m', 'XRP-USDT');
    const closed = (): unknown[][] =>
      (pushed(business, 'candle1m') as unknown as unknown[][]).filter((row) => row[8] === '1');
    await business.until(() => closed().length >= 2);
    const starts = closed().map((row) => Number(row[0]));
    expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + index * 60_000));
    const query = `instId=XRP-USDT&bar=1m&before=${(starts[0] ?? 0) - 1}&after=${(starts[0] ?? 0) + 1}`;
    const { body } = await bench.get('okx', `/api/v5/market/history-candles?${query}`);
    expect((body as { data: unknown[] }).data).toEqual([closed()[0]]);
    const answer = (await bench.get('okx', '/api/v5/market/ticker?instId=XRP-USDT')).body as { data: Row[] };
    expect(Object.keys(pushed(client, 'tickers')[0] ?? {})).toEqual(Object.keys(answer.data[0] ?? {}));
  });

  it('sends books whose changes rebuild the top, each naming the one before, with checksum 0', async () => {
    const client = await bench.client('okx', '/public');
    subscribe(client, 'books', 'BTC-USDT');
    subscribe(client, 'books5', 'BTC-USDT');
    await client.until(() => pushed(client, 'books').length > 50 && pushed(client, 'books5').length > 5);
    const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    let before = -1;
    for (const row of pushed(client, 'books')) {
      expect(row).toMatchObject({ prevSeqId: before, checksum: 0 });
      before = row.seqId;
      for (const side of ['bids', 'asks'] as const)
        for (const [price = '', size = ''] of row[side]) {
          if (size === '0') sides[side].delete(price);
          else sides[side].set(price, size);
        }
      expect(Math.max(...[...sides.bids.keys()].map(Number))).toBeLessThan(
        Math.min(...[...sides.asks.keys()].map(Number)),
      );
      expect(sides.bids.size).toBeLessThanOrEqual(25);
    }
    expect(
      frames(client).filter(({ arg, action }) => arg?.channel === 'books' && action === 'snapshot'),
    ).toHaveLength(1);
    for (const row of pushed(client, 'books5')) expect([row.bids.length, row.asks.length]).toEqual([5, 5]);
  });

  it('pages past trades back by id and by time, without a hole', async () => {
    const ids: number[] = [];
    for (let after: number | undefined; ids.length < 500;) {
      const page = await history(after === undefined ? 'type=1' : `type=1&after=${after}`);
      ids.push(...page.map(({ tradeId }) => Number(tradeId)));
      after = ids.at(-1);
    }
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) - index));
    const [newest] = await history(`type=1&after=${(ids[99] ?? 0) + 1}&limit=1`);
    const older = await history(`type=2&after=${Number(newest?.['ts']) + 1}&limit=1`);
    expect(Number(older[0]?.tradeId)).toBeGreaterThanOrEqual(Number(newest?.tradeId));
    expect(older[0]?.['ts']).toBe(newest?.['ts']);
  });

  it('refuses in its own words what it does not know', async () => {
    const get = async (path: string): Promise<unknown> => (await bench.get('okx', path)).body;
    expect(await get('/api/v5/market/ticker?instId=NO-SUCH')).toMatchObject({ code: '51001', data: [] });
    expect(await get('/api/v5/market/candles?instId=BTC-USDT&bar=7m')).toMatchObject({ code: '51000' });
    expect(await get('/api/v5/market/candles?instId=BTC-USDT&bar=1s')).toMatchObject({ code: '51000' });
    expect(await bench.get('okx', '/api/v5/market/trades')).toMatchObject({
      status: 400,
      body: { code: '50014' },
    });
    expect(await bench.get('okx', '/api/v5/nonesuch')).toMatchObject({ status: 404 });
    expect(await get('/api/v5/public/instruments?instType=SWAP')).toMatchObject({ code: '0', data: [] });
  });
});
