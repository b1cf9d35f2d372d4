import { ManualClock } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../faults.ts';
import type { VenueInstrument } from '../options.ts';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';

const INSTRUMENTS: readonly VenueInstrument[] = [
  ['BTC', '0.1', '0.00001', 65_000, 1] as const,
  ['XRP', '0.0001', '0.1', 0.52, 1] as const,
  // Hardly anything happens here.
  ['DOT', '0.001', '0.01', 4, 0.0005] as const,
].map(([base, priceTick, sizeStep, startPrice, activity]) => {
  const id = `${base}-USDT`;
  return { id, symbols: { okx: id }, priceTick, sizeStep, startPrice, activity };
});

let clock: ManualClock;
let bench: TestVenues;
beforeEach(async () => {
  clock = new ManualClock();
  bench = await TestVenues.open({ venues: ['okx'], instruments: INSTRUMENTS, clock, rate: 2 });
});
afterEach(() => bench[Symbol.asyncDispose]());

const breaches = (): unknown => bench.venues.stats().venues['okx']?.breaches;
const counted = (kind: Fault['kind']): number | undefined => bench.venues.stats().venues['okx']?.faults[kind];
const subscribe = (client: TestClient, channel: string, instId = 'BTC-USDT'): void =>
  client.send({ op: 'subscribe', args: [{ channel, instId }] });
const isAnswer = (text: string): boolean => text.includes('"event":');
/** Lets time pass in steps in which sockets are read. */
async function pass(ms: number, stepMs = 500): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the limits of the simulated OKX', () => {
  it('refuse the fourth connection in a second', async () => {
    for (let i = 0; i < 3; i++) await bench.client('okx', i === 1 ? '/business' : '/public');
    await expect(bench.client('okx', '/public')).rejects.toThrow('429');
    clock.advance(1_000);
    await bench.client('okx', '/public');
    expect(breaches()).toEqual({ connects: 1 });
  });

  it('refuse the 481st subscription in an hour of a connection', async () => {
    const client = await bench.client('okx', '/public');
    for (let i = 0; i < 481; i++)
      client.send({
        op: i % 2 === 0 ? 'subscribe' : 'unsubscribe',
        args: [{ channel: 'trades', instId: 'BTC-USDT' }],
      });
    const refused = await client.waitFor((text) => text.includes('"event":"error"'));
    expect(JSON.parse(refused)).toMatchObject({ code: '60014' });
    expect(client.frames.filter(isAnswer)).toHaveLength(481);
    expect(breaches()).toEqual({ subscriptions: 1 });
  });

  it('refuse channels that are longer than 64 KB together', async () => {
    const client = await bench.client('okx', '/public');
    const args = Array.from({ length: 1_700 }, () => ({ channel: 'trades', instId: 'BTC-USDT' }));
    client.send({ op: 'subscribe', args });
    expect(JSON.parse(await client.waitFor(isAnswer))).toMatchObject({ event: 'error', code: '60013' });
    client.send({ op: 'subscribe', args: args.slice(0, 1_500) });
    await client.until(() => client.frames.filter(isAnswer).length === 1_501);
    expect(breaches()).toEqual({ 'channel-bytes': 1 });
  });

  it('close a connection on which nothing moves for 30 s, unless its client says ping', async () => {
    const [idle, kept] = [await bench.client('okx', '/business'), await bench.client('okx', '/business')];
    for (let i = 0; i < 4; i++) {
      kept.send('ping');
      await kept.until(() => kept.frames.length > i);
      clock.advance(8_000);
    }
    await idle.closed;
    expect(bench.venues.stats().venues['okx']).toMatchObject({ connections: 1, breaches: { 'idle-ms': 1 } });
  });

  it('keep a connection on which data flow, though its client is silent', async () => {
    const client = await bench.client('okx', '/public');
    subscribe(client, 'trades');
    await client.waitFor(isAnswer);
    await pass(90_000);
    expect(bench.venues.stats().venues['okx']).toMatchObject({ connections: 1, breaches: {} });
  });

  it('answer 429 with code 50011 to the 21st page of past trades in two seconds, each path by itself', async () => {
    const page = (): ReturnType<TestVenues['get']> =>
      bench.get('okx', '/api/v5/market/history-trades?instId=BTC-USDT');
    for (let i = 0; i < 20; i++) expect((await page()).status).toBe(200);
    expect(await page()).toMatchObject({ status: 429, body: { code: '50011', data: [] } });
    expect((await bench.get('okx', '/api/v5/market/history-candles?instId=BTC-USDT')).status).toBe(200);
    clock.advance(2_000);
    expect((await page()).status).toBe(200);
    expect(breaches()).toEqual({ 'rest-history-trades': 1 });
  });
});

it('a best bid and ask that has not changed for a minute is sent again under its number', async () => {
  const client = await bench.client('okx', '/public');
  subscribe(client, 'bbo-tbt', 'DOT-USDT');
  const numbers = (): unknown[] => client.frames.flatMap((text) => /"seqId":(\d+)/.exec(text)?.[1] ?? []);
  const isRepeated = (): boolean => new Set(numbers()).size < numbers().length;
  for (let i = 0; i < 100 && !isRepeated(); i++) {
    client.send('ping');
    await client.until(() => client.frames.filter((text) => text === 'pong').length > i);
    await pass(10_000);
  }
  expect(isRepeated()).toBe(true);
});

describe('the simulated OKX commits on command', () => {
  const inject = (fault: Fault): void => bench.venues.inject({ venue: 'okx', ...fault });
  const rows = (client: TestClient): { first: number; last: number }[] =>
    client.frames
      .filter((text) => text.startsWith('{"arg":{"channel":"trades","instId":"BTC-USDT"}'))
      .flatMap((text) => (JSON.parse(text) as { data: { tradeId: string; count: string }[] }).data)
      .map(({ tradeId, count }) => ({ first: Number(tradeId) - Number(count) + 1, last: Number(tradeId) }));
  /** What does not simply follow: ids jumped over, below 0 where they went back. */
  const jumps = (client: TestClient): number[] =>
    rows(client)
      .map(({ first }, index, all) => first - (all[index - 1]?.last ?? first - 1) - 1)
      .filter((jump) => jump !== 0);
  const trades = async (): Promise<TestClient> => {
    const client = await bench.client('okx', '/public');
    subscribe(client, 'trades');
    subscribe(client, 'trades', 'XRP-USDT');
    while (rows(client).length < 5) await pass(500);
    return client;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; i < 2_000 && !holds(); i++) await pass(100, 100);
    expect(holds()).toBe(true);
  };

  it('an announcement of its upgrade, and a cut after it', async () => {
    const client = await trades();
    inject({ kind: 'planned-cut', leadMs: 3_000 });
    expect(JSON.parse(await client.waitFor((text) => text.includes('notice')))).toMatchObject({
      event: 'notice',
      code: '64008',
    });
    await pass(3_000);
    expect(await client.closed).toBe(1001);
  });

  it('gaps that REST can fill, repetitions and changed places', async () => {
    const client = await trades();
    inject({ kind: 'gap', symbol: 'BTC-USDT', data: 'trades', count: 2 });
    await until(() => jumps(client).length === 1);
    const list = rows(client);
    const after = list.findIndex(
      ({ first }, index) => index > 0 && first !== (list[index - 1]?.last ?? 0) + 1,
    );
    const [from, to] = [(list[after - 1]?.last ?? 0) + 1, list[after]?.first ?? 0];
    const query = `instId=BTC-USDT&type=1&after=${to}&limit=${to - from}`;
    const { body } = await bench.get('okx', `/api/v5/market/history-trades?${query}`);
    const ids = (body as { data: { tradeId: string }[] }).data.map(({ tradeId }) => Number(tradeId));
    expect(ids).toEqual(Array.from({ length: to - from }, (_, index) => to - 1 - index));
    inject({ kind: 'duplicate', symbol: 'BTC-USDT', data: 'trades' });
    await until(() => jumps(client).length === 2);
    expect(jumps(client)[1]).toBeLessThan(0);
    inject({ kind: 'reorder', symbol: 'BTC-USDT', data: 'trades' });
    await until(() => jumps(client).length === 5);
  });

  it('silence of one symbol, and of all', async () => {
    const client = await trades();
    inject({ kind: 'mute', symbol: 'BTC-USDT', durationMs: 20_000 });
    const [btc, all] = [rows(client).length, client.frames.length];
    await pass(15_000);
    expect(rows(client)).toHaveLength(btc);
    expect(client.frames.length).toBeGreaterThan(all);
    await until(() => rows(client).length > btc);
    inject({ kind: 'silence', durationMs: 10_000 });
    const silent = client.frames.length;
    await pass(9_000);
    expect(client.frames).toHaveLength(silent);
  });

  it('frames that are none of its own', async () => {
    const client = await trades();
    for (const kind of ['garbage', 'half-frame', 'unknown-symbol', 'huge-frame'] as const) inject({ kind });
    await client.waitFor((text) => text.length > 5 * 1024 * 1024);
    expect(client.frames.filter((text) => text.includes('NONE-SUCH'))).toHaveLength(2);
    expect(client.frames).toContain('<html>502 Bad Gateway</html>');
  });

  it.each(['cut', 'cut-mid-frame', 'restart'] as const)('a %s', async (kind) => {
    const client = await trades();
    inject({ kind, durationMs: 1_000 });
    await client.closed;
    expect(counted(kind)).toBe(1);
  });

  it('an end at a certain age, a refusal to connect, and a REST that is down or late', async () => {
    const client = await trades();
    inject({ kind: 'session-limit', durationMs: 60_000 });
    await pass(61_000);
    await client.closed;
    inject({ kind: 'refuse-upgrade', durationMs: 5_000 });
    await expect(bench.client('okx', '/public')).rejects.toThrow('503');
    inject({ kind: 'rest-down', durationMs: 5_000 });
    const page = (): ReturnType<TestVenues['get']> =>
      bench.get('okx', '/api/v5/market/history-trades?instId=BTC-USDT');
    const down = await fetch(`${bench.venues.addresses['okx']?.restUrl}/api/v5/public/time`);
    expect(down.status).toBe(503);
    await pass(5_000);
    const newest = async (): Promise<number> =>
      Number(((await page()).body as { data: { tradeId: string }[] }).data[0]?.tradeId);
    const before = await newest();
    inject({ kind: 'rest-lag', lagMs: 20_000, durationMs: 60_000 });
    expect(await newest()).toBeLessThan(before);
  });

  it('a clock that is wrong for a while', async () => {
    const client = await trades();
    const times = (): number[] =>
      client.frames.flatMap((text) => Number(/"ts":"(\d+)"/.exec(text)?.[1] ?? NaN) || []);
    inject({ kind: 'clock-skew', skewMs: 3_600_000, durationMs: 10_000 });
    await until(() => (times().at(-1) ?? 0) - (times()[0] ?? 0) > 3_000_000);
    await until(() => (times().at(-1) ?? 0) - (times()[0] ?? 0) < 3_000_000);
  });
});
