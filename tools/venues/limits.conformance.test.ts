import { ManualClock } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VenueName } from './options.ts';
import { TestVenues } from './server/testing/venues.ts';

const TIME = { coinbase: '/api/v3/brokerage/time', kraken: '/0/public/Time' };

let clock: ManualClock;
let bench: TestVenues;
beforeEach(async () => {
  clock = new ManualClock();
  bench = await TestVenues.open({ venues: ['coinbase', 'kraken'], clock, rate: 0.1 });
});
afterEach(() => bench[Symbol.asyncDispose]());

const breaches = (venue: VenueName): unknown => bench.venues.stats().venues[venue]?.breaches;
const connections = (venue: VenueName, count: number): Promise<void> =>
  expect.poll(() => bench.venues.stats().venues[venue]?.connections).toBe(count);

async function connectAndLeave(venue: VenueName, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (await bench.client(venue))[Symbol.asyncDispose]();
}

describe('the limits of the simulated Coinbase', () => {
  const subscribe = (channel: string): unknown => ({ type: 'subscribe', channel, product_ids: ['BTC-USDT'] });

  it('refuse the ninth connection in a second', async () => {
    await connectAndLeave('coinbase', 8);
    await expect(bench.client('coinbase')).rejects.toThrow('429');
    clock.advance(1_000);
    await bench.client('coinbase');
    expect(breaches('coinbase')).toEqual({ connects: 1 });
  });

  it('close the connection that sends the ninth message in a second from one address', async () => {
    const [one, other] = [await bench.client('coinbase'), await bench.client('coinbase')];
    for (let i = 0; i < 8; i++) one.send(subscribe('ticker'));
    await one.until(() => one.frames.filter((text) => text.includes('"subscriptions"')).length === 8);
    expect(breaches('coinbase')).toEqual({});
    other.send(subscribe('ticker'));
    expect(await other.closed).toBe(1008);
    expect(breaches('coinbase')).toEqual({ 'address-messages': 1 });
  });

  it('close who does not subscribe within five seconds', async () => {
    const [late, early] = [await bench.client('coinbase'), await bench.client('coinbase')];
    early.send(subscribe('heartbeats'));
    await early.until(() => early.frames.length > 0);
    clock.advance(4_900);
    expect(breaches('coinbase')).toEqual({});
    clock.advance(1_200);
    expect(await late.closed).toBe(1008);
    expect(breaches('coinbase')).toEqual({ 'subscribe-ms': 1 });
    await connections('coinbase', 1);
  });

  it('close idle channels after 75 seconds, unless there are heartbeats', async () => {
    const [idle, kept] = [await bench.client('coinbase'), await bench.client('coinbase')];
    // No frame ever comes on this channel.
    for (const client of [idle, kept]) client.send(subscribe('status'));
    kept.send(subscribe('heartbeats'));
    await idle.until(() => idle.frames.length === 1);
    await kept.until(() => kept.frames.length >= 2);
    clock.advance(74_000);
    expect(breaches('coinbase')).toEqual({});
    clock.advance(2_100);
    expect(await idle.closed).toBe(1000);
    expect(breaches('coinbase')).toEqual({ 'idle-ms': 1 });
    await connections('coinbase', 1);
  });

  it('answer the eleventh request in a second with 429', async () => {
    for (let i = 0; i < 10; i++) expect((await bench.get('coinbase', TIME.coinbase)).status).toBe(200);
    expect((await bench.get('coinbase', TIME.coinbase)).status).toBe(429);
    clock.advance(1_000);
    expect((await bench.get('coinbase', TIME.coinbase)).status).toBe(200);
    expect(breaches('coinbase')).toEqual({ requests: 1 });
  });
});

describe('the limits of the simulated Kraken', () => {
  it('refuse the 151st attempt to connect in ten minutes', async () => {
    await connectAndLeave('kraken', 150);
    await expect(bench.client('kraken')).rejects.toThrow('429');
    clock.advance(600_000);
    await bench.client('kraken');
    expect(breaches('kraken')).toEqual({ connects: 1 });
  });

  it('answer more than a request a second, of ten seconds, with an error in an answer of 200', async () => {
    for (let i = 0; i < 10; i++)
      expect((await bench.get('kraken', TIME.kraken)).body).toMatchObject({ error: [], result: {} });
    expect(await bench.get('kraken', TIME.kraken)).toMatchObject({
      status: 200,
      body: { error: ['EAPI:Rate limit exceeded'] },
    });
    clock.advance(10_000);
    expect((await bench.get('kraken', TIME.kraken)).body).toMatchObject({ error: [] });
    expect(breaches('kraken')).toEqual({ requests: 1 });
  });
});
