import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';

interface Trade {
  readonly product_id: string;
  readonly trade_id: string;
  readonly price: string;
  readonly size: string;
  readonly time: string;
  readonly side: string;
}
interface Level {
  readonly side: 'bid' | 'offer';
  readonly price_level: string;
  readonly new_quantity: string;
}
interface Frame {
  readonly channel: string;
  readonly sequence_num: number;
  readonly events: readonly {
    readonly type?: string;
    readonly trades?: Trade[];
    readonly updates?: Level[];
  }[];
}

describe('the simulated Coinbase', () => {
  let bench: TestVenues;
  beforeAll(async () => {
    bench = await TestVenues.open({ clock: new SystemClock({ speed: 10 }) });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const frames = (client: TestClient): Frame[] => client.parsed() as Frame[];
  const subscribe = (client: TestClient, ...channels: string[]): void => {
    for (const channel of channels) client.send({ type: 'subscribe', channel, product_ids: ['BTC-USDT'] });
  };
  const tradesOf = (client: TestClient): Trade[] =>
    frames(client).flatMap((frame) =>
      frame.events.flatMap((event) => (event.trades ?? []).slice().reverse()),
    );

  it('sends tickers of a batch every five seconds, without the best bid and ask', async () => {
    const client = await bench.client('coinbase');
    subscribe(client, 'ticker_batch');
    const batches = (): string[] => client.frames.filter((text) => text.includes('"channel":"ticker_batch"'));
    await client.until(() => batches().length > 3);
    const times = batches().map((text) => Date.parse(/"timestamp":"([^"]+)"/.exec(text)?.[1] ?? ''));
    expect(batches().map((text) => /"type":"(\w+)","tickers"/.exec(text)?.[1])).toEqual([
      'snapshot',
      ...Array.from(batches().slice(1), () => 'update'),
    ]);
    for (const [index, time] of times.slice(2).entries())
      expect(Math.round((time - (times[index + 1] ?? 0)) / 5_000)).toBe(1);
    expect(batches().some((text) => text.includes('best_bid'))).toBe(false);
  });

  it('counts every frame of a connection in one sequence, and acknowledges by listing what is subscribed', async () => {
    const client = await bench.client('coinbase');
    subscribe(client, 'market_trades', 'ticker', 'heartbeats', 'level2', 'candles');
    await client.waitFor((text) => text.includes('"candles":["BTC-USDT"]'));
    await client.waitFor((text) => text.startsWith('{"channel":"heartbeats"'));
    expect(frames(client).map((frame) => frame.sequence_num)).toEqual(client.frames.map((_, i) => i));
    const acknowledged = frames(client).filter((frame) => frame.channel === 'subscriptions');
    expect(acknowledged.at(-1)?.events[0]).toEqual({
      subscriptions: {
        candles: ['BTC-USDT'],
        heartbeats: ['heartbeats'],
        level2: ['BTC-USDT'],
        market_trades: ['BTC-USDT'],
        ticker: ['BTC-USDT'],
      },
    });
  });

  it('gives the last 100 trades first, newest first, and goes on without a gap, the same trades that REST has', async () => {
    const client = await bench.client('coinbase');
    subscribe(client, 'market_trades');
    await client.until(() => client.frames.length > 6);
    const snapshot = frames(client)[0]?.events[0];
    expect(snapshot?.type).toBe('snapshot');
    expect(snapshot?.trades).toHaveLength(100);
    expect(Number(snapshot?.trades?.[0]?.trade_id)).toBeGreaterThan(Number(snapshot?.trades?.[99]?.trade_id));
    const trades = tradesOf(client);
    expect(trades.map((one) => Number(one.trade_id))).toEqual(
      trades.map((_, i) => Number(trades[0]?.trade_id) + i),
    );
    const { body } = await bench.get(
      'coinbase',
      '/api/v3/brokerage/market/products/BTC-USDT/ticker?limit=1000',
    );
    const byId = new Map((body as { trades: Trade[] }).trades.map((one) => [one.trade_id, one]));
    for (const one of trades) expect(byId.get(one.trade_id)).toMatchObject({ ...one });
  });

  it("names the maker's side: what it calls SELL was bought at the ask", async () => {
    const client = await bench.client('coinbase');
    subscribe(client, 'level2', 'market_trades');
    const sides: string[] = [];
    await client.until(() => client.frames.length > 800);
    const top = new Map<string, number>();
    for (const frame of frames(client)) {
      for (const level of frame.events.flatMap((event) => event.updates ?? [])) {
        if (Number(level.new_quantity) === 0) top.delete(`${level.side} ${level.price_level}`);
        else top.set(`${level.side} ${level.price_level}`, Number(level.price_level));
      }
      const [bids, asks] = ['bid', 'offer'].map((side) =>
        [...top].filter(([key]) => key.startsWith(side)).map(([, price]) => price),
      );
      const mid = (Math.max(...(bids ?? [])) + Math.min(...(asks ?? []))) / 2;
      if (frame.channel !== 'market_trades' || frame.events[0]?.type !== 'update') continue;
      for (const one of frame.events[0].trades ?? [])
        sides.push(`${one.side} ${Number(one.price) > mid ? 'above' : 'below'}`);
    }
    const share = (what: string): number => sides.filter((one) => one === what).length;
    // The quote may have moved in the quarter of a second that a batch waits.
    expect(share('SELL above')).toBeGreaterThan(2 * share('SELL below'));
    expect(share('BUY below')).toBeGreaterThan(2 * share('BUY above'));
  });

  it('refuses what it does not know, and closes on a client that does not subscribe within 5 seconds', async () => {
    const client = await bench.client('coinbase');
    const idle = await bench.client('coinbase');
    client.send({ type: 'subscribe', channel: 'market_trades', product_ids: ['NONE-SUCH'] });
    client.send({ type: 'subscribe', channel: 'gossip', product_ids: ['BTC-USDT'] });
    client.send('{');
    client.send('7');
    await client.until(() => client.frames.length === 4);
    for (const text of client.frames) expect(JSON.parse(text)).toMatchObject({ type: 'error' });
    expect(await idle.closed).toBe(1008);
  });

  it('gives candles newest first and refuses a range of more than 350', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const path = '/api/v3/brokerage/market/products/XRP-USDT/candles?granularity=ONE_MINUTE';
    const { body } = await bench.get('coinbase', `${path}&start=${now - 6_000}&end=${now}`);
    const starts = (body as { candles: { start: string }[] }).candles.map((one) => Number(one.start));
    expect(starts.length).toBeGreaterThan(90);
    expect(starts).toEqual([...starts].sort((a, b) => b - a));
    expect(await bench.get('coinbase', `${path}&start=${now - 60_000}&end=${now}`)).toMatchObject({
      status: 400,
    });
    expect(await bench.get('coinbase', '/api/v3/brokerage/market/products/NONE-SUCH')).toMatchObject({
      status: 404,
    });
  });
});
