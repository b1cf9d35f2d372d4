import { ManualClock } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import type { VenueName } from './options.ts';
import { TestVenues } from './server/testing/venues.ts';

const VENUES = ['binance', 'coinbase', 'kraken'] as const;

let clock: ManualClock;
let bench: TestVenues;
beforeEach(async () => {
  clock = new ManualClock();
  bench = await TestVenues.open({ clock, limits: { requests: 'off' } });
});
afterEach(() => bench[Symbol.asyncDispose]());

const inject = (venue: VenueName, fault: Fault): void => bench.venues.inject({ venue, ...fault });
const counted = (venue: VenueName, kind: Fault['kind']): number | undefined =>
  bench.venues.stats().venues[venue]?.faults[kind];
const connections = (venue: VenueName, count: number): Promise<void> =>
  expect.poll(() => bench.venues.stats().venues[venue]?.connections).toBe(count);

/** Newest trades that REST shows of BTC-USDT: id and venue's time in microseconds, oldest first. */
async function pastTrades(venue: VenueName, query = ''): Promise<{ id: number; at: number }[]> {
  switch (venue) {
    case 'binance': {
      const { body } = await bench.get(venue, `/api/v3/aggTrades?symbol=BTCUSDT&limit=1000${query}`);
      return (body as { a: number; T: number }[]).map((one) => ({ id: one.a, at: one.T * 1_000 }));
    }
    case 'coinbase': {
      const path = `/api/v3/brokerage/market/products/BTC-USDT/ticker?limit=1000${query}`;
      const { trades } = (await bench.get(venue, path)).body as {
        trades: { trade_id: string; time: string }[];
      };
      return trades.reverse().map((one) => ({ id: Number(one.trade_id), at: Date.parse(one.time) * 1_000 }));
    }
    default: {
      const { body } = await bench.get(venue, `/0/public/Trades?pair=XBTUSDT&count=1000${query}`);
      const rows = (
        body as { result: { XBTUSDT: [string, string, number, string, string, string, number][] } }
      ).result;
      return rows.XBTUSDT.map((row) => ({ id: row[6], at: row[2] * 1_000_000 }));
    }
  }
}

describe('a planned cut', () => {
  it('is announced by Binance with serverShutdown and comes leadMs later, to those who were connected then', async () => {
    const [combined, raw] = [
      await bench.client('binance', '/stream?streams=nonesuch@trade'),
      await bench.client('binance', '/ws/nonesuch@trade'),
    ];
    inject('binance', { kind: 'planned-cut', leadMs: 3_000 });
    const event = { e: 'serverShutdown', E: expect.any(Number) as unknown };
    expect(JSON.parse(await combined.waitFor(() => true))).toEqual({
      stream: '!serverShutdown',
      data: event,
    });
    expect(JSON.parse(await raw.waitFor(() => true))).toEqual(event);
    const next = await bench.client('binance', '/ws/btcusdt@bookTicker');
    clock.advance(2_999);
    expect(counted('binance', 'planned-cut')).toBeUndefined();
    clock.advance(1);
    expect(await Promise.all([combined.closed, raw.closed])).toEqual([1001, 1001]);
    expect(counted('binance', 'planned-cut')).toBe(2);
    await connections('binance', 1);
    await next.waitFor((text) => text.includes('"u":'));
  });

  it.each(['coinbase', 'kraken'] as const)(
    'is a plain close on %s, which announces nothing',
    async (venue) => {
      const client = await bench.client(venue);
      inject(venue, { kind: 'planned-cut', leadMs: 1_000 });
      clock.advance(1_000);
      expect(await client.closed).toBe(1001);
      expect(client.frames.filter((text) => !text.includes('"channel":"status"'))).toEqual([]);
    },
  );
});

it.each(VENUES)('%s closes every connection at the age that a session limit sets', async (venue) => {
  inject(venue, { kind: 'session-limit', durationMs: 4_000 });
  const first = await bench.client(venue);
  clock.advance(2_000);
  const second = await bench.client(venue);
  clock.advance(1_900);
  await connections(venue, 2);
  clock.advance(400);
  expect(await first.closed).toBe(1000);
  await connections(venue, 1);
  clock.advance(2_000);
  await second.closed;
  expect(counted(venue, 'session-limit')).toBe(2);
});

it.each(VENUES)('%s answers REST with 503 while it is down, and streams go on', async (venue) => {
  inject(venue, { kind: 'rest-down', durationMs: 5_000 });
  const status = async (): Promise<number> => {
    const response = await fetch(`${bench.venues.addresses[venue]?.restUrl}/api/v3/brokerage/time`);
    await response.text();
    return response.status;
  };
  expect(await status()).toBe(503);
  await bench.client(venue);
  clock.advance(5_000);
  expect(await status()).not.toBe(503);
  expect(counted(venue, 'rest-down')).toBe(1);
});

it.each(VENUES)('%s shows a trade in REST only lagMs after it happened', async (venue) => {
  clock.advance(20_000);
  const before = await pastTrades(venue);
  inject(venue, { kind: 'rest-lag', lagMs: 8_000, durationMs: 60_000 });
  const lagging = await pastTrades(venue);
  const newest = lagging.at(-1)?.at ?? 0;
  const hidden = before.filter((one) => one.at > newest);
  expect(hidden.length).toBeGreaterThan(0);
  // The venue's clock is up to 0.2 s beside the true one.
  expect(newest).toBeLessThan(clock.nowMicros() - 7_800_000);
  expect(hidden[0]?.at).toBeGreaterThan(clock.nowMicros() - 8_200_000);
  clock.advance(8_500);
  const shown = new Set((await pastTrades(venue)).map((one) => one.id));
  expect(hidden.filter((one) => !shown.has(one.id))).toEqual([]);
});

it.each(VENUES)(
  '%s is away during a restart, comes back at its address, and its ids go on',
  async (venue) => {
    const client = await bench.client(venue);
    const last = (await pastTrades(venue)).at(-1)?.id ?? 0;
    inject(venue, { kind: 'restart', durationMs: 5_000 });
    await client.closed;
    await expect
      .poll(() =>
        pastTrades(venue).then(
          () => 'there',
          () => 'away',
        ),
      )
      .toBe('away');
    await expect(bench.client(venue)).rejects.toThrow('ECONNREFUSED');
    await expect
      .poll(() => {
        clock.advance(1_000);
        return bench.client(venue).then(
          () => 'there',
          () => 'away',
        );
      })
      .toBe('there');
    expect(counted(venue, 'restart')).toBe(1);
    const ids = (await pastTrades(venue)).map((one) => one.id);
    expect(ids.filter((id) => id > last).length).toBeGreaterThan(0);
    expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
  },
);

it('keep ten minutes of trades at ten times the usual rate for REST', async () => {
  const before = await Promise.all(VENUES.map((venue) => pastTrades(venue)));
  clock.advance(600_000);
  for (const [i, venue] of VENUES.entries()) {
    const newest = before[i]?.at(-1) ?? { id: 0, at: 0 };
    const seconds = Math.floor(newest.at / 1_000_000);
    const query = {
      binance: `&fromId=${newest.id}`,
      coinbase: `&start=${seconds}&end=${seconds + 1}`,
      kraken: `&since=${seconds}`,
    }[venue];
    const ids = (await pastTrades(venue, query)).map((one) => one.id);
    expect(ids).toContain(newest.id);
    expect(ids).toEqual(ids.map((_, n) => (ids[0] ?? 0) + n));
  }
});
