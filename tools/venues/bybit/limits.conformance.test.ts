import { ManualClock } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestVenues } from '../server/testing/venues.ts';
import { INSTRUMENTS } from './testing/instruments.ts';

const SPOT = '/v5/public/spot';
const TIME = '/v5/market/time';
const MINUTE_MS = 60_000;

let clock: ManualClock;
let bench: TestVenues;
beforeEach(async () => {
  clock = new ManualClock();
  bench = await TestVenues.open({ venues: ['bybit'], instruments: INSTRUMENTS, clock, rate: 0.1 });
});
afterEach(() => bench[Symbol.asyncDispose]());

const breaches = (): unknown => bench.venues.stats().venues['bybit']?.breaches;
const topics = (count: number): string[] => Array.from({ length: count }, (_, n) => `publicTrade.COIN${n}`);

describe('the limits of the simulated Bybit', () => {
  it('refuse the 501st attempt to connect in five minutes', async () => {
    for (let i = 0; i < 500; i++) await (await bench.client('bybit', SPOT))[Symbol.asyncDispose]();
    await expect(bench.client('bybit', SPOT)).rejects.toThrow('429');
    clock.advance(5 * MINUTE_MS);
    await bench.client('bybit', SPOT);
    expect(breaches()).toEqual({ connects: 1 });
  });

  it('refuse a request of eleven topics on spot, and take it for contracts', async () => {
    const [spot, linear] = [
      await bench.client('bybit', SPOT),
      await bench.client('bybit', '/v5/public/linear'),
    ];
    for (const client of [spot, linear]) client.send({ op: 'subscribe', args: topics(11) });
    expect(await spot.waitFor((text) => text.includes('"success":false'))).toContain('"args size >10"');
    expect(await linear.waitFor((text) => text.includes('"success":false'))).toContain('handler not found');
    expect(breaches()).toEqual({ args: 1 });
  });

  it('refuse topics of more than 21,000 characters on one connection', async () => {
    const linear = await bench.client('bybit', '/v5/public/linear');
    const length = topics(1_000).join('').length;
    expect(length).toBeLessThan(21_000);
    linear.send({ op: 'subscribe', args: topics(1_000) });
    await linear.waitFor((text) => text.includes('handler not found'));
    linear.send({ op: 'subscribe', args: topics(1_200) });
    await linear.waitFor((text) => text.includes('too long'));
    expect(breaches()).toEqual({ 'args-characters': 1 });
  });

  it('cut a connection on which nothing moved for ten minutes; a ping or data keep it', async () => {
    const [idle, pinging, served] = [
      await bench.client('bybit', SPOT),
      await bench.client('bybit', SPOT),
      await bench.client('bybit', SPOT),
    ];
    served.send({ op: 'subscribe', args: ['orderbook.1.BTCUSDT'] });
    await served.until(() => served.frames.length > 1);
    clock.advance(6 * MINUTE_MS);
    pinging.send({ op: 'ping' });
    await pinging.waitFor((text) => text.includes('pong'));
    expect(breaches()).toEqual({});
    clock.advance(5 * MINUTE_MS);
    expect(await idle.closed).toBe(1000);
    await expect.poll(() => bench.venues.stats().venues['bybit']?.connections).toBe(2);
    expect(breaches()).toEqual({ 'idle-ms': 1 });
  });

  it('answer the 601st request in five seconds with 403, and every one for ten minutes', async () => {
    for (let i = 0; i < 600; i++) expect((await bench.get('bybit', TIME)).status).toBe(200);
    expect((await bench.get('bybit', TIME)).status).toBe(403);
    clock.advance(9 * MINUTE_MS);
    expect((await bench.get('bybit', TIME)).status).toBe(403);
    clock.advance(MINUTE_MS);
    expect((await bench.get('bybit', TIME)).status).toBe(200);
    expect(breaches()).toEqual({ requests: 1 });
  });
});
