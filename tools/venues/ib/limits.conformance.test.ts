import { SystemClock } from '@concord/runtime';
import { ManualClock } from '@concord/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AAPL, BTC, IBM, TestGateway, type TwsClient } from './testing/gateway.ts';

/** Fast enough for ten minutes to pass in ten seconds. */
const SPEED = 60;
/** Slow enough for a second to hold what belongs into it on the busiest machine. */
const SLOW = 0.05;

describe('the simulated gateway keeps the limits of TWS:', () => {
  const open = async (speed = 1): Promise<[TestGateway, TwsClient]> => {
    const gateway = await TestGateway.open({ clock: new SystemClock({ speed }), rate: 20 });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    return [gateway, await gateway.client()];
  };
  const marketData = (client: TwsClient, id: number): void =>
    client.send(1, 11, id, ...AAPL, 0, '', 0, 0, '');
  const tickByTick = (client: TwsClient, id: number, contract = AAPL, type = 'AllLast'): void =>
    client.send(97, id, ...contract, type, 0, 0);
  const bars = (client: TwsClient, id: number, size: string, duration: string, what = 'TRADES', contract = AAPL): void =>
    client.send(20, id, ...contract, 0, '', size, duration, 0, what, 2, 0, ''); // prettier-ignore
  const pastTicks = (client: TwsClient, id: number, count: number, what: string, contract = AAPL): void =>
    client.send(96, id, ...contract, 0, '', '20991231-00:00:00', count, what, 0, 0, '');

  it('message 51 of a second gets error 100 and is not acted on', async () => {
    const [gateway, client] = await open(SLOW);
    // The first of the second was the beginning.
    for (let id = 1; id <= 50; id++) client.send(91, 26);
    await client.code(100);
    expect(client.ofType(93)).toHaveLength(49);
    expect(client.codes.filter(([, code]) => code === 100)).toHaveLength(1);
    expect(gateway.stats.breaches).toEqual({ messages: 1 });
    expect(client.isClosed).toBe(false);
  });

  it('in the third second with too many messages the connection ends', async () => {
    // A clock that stands still: sixty messages are of one second, however long they take.
    const clock = new ManualClock();
    const gateway = await TestGateway.open({ clock, rate: 20 });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const client = await gateway.client();
    for (let seconds = 1; seconds <= 3; seconds++) {
      const before = client.codes.length;
      for (let id = 1; id <= 60; id++) client.send(91, 26);
      if (seconds < 3) await client.until(() => client.codes.length > before);
      clock.advance(1_100);
    }
    await client.closed;
  });

  it('line 101 of market data gets error 101, until one is given back', async () => {
    const gateway = await TestGateway.open({ limits: { messages: 'off' }, rate: 1 });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const client = await gateway.client();
    for (let id = 1; id <= 101; id++) marketData(client, id);
    await client.code(101, 101);
    client.send(2, 1, 50);
    marketData(client, 102);
    await client.some(81, 101);
    expect(gateway.stats.breaches).toEqual({ lines: 1 });
    expect(gateway.stats.peaks['lines']).toBe(101);
  });

  it('a second tick-by-tick request of a contract within 15 s is refused, of whatever type and client', async () => {
    const [gateway, client] = await open(SPEED);
    const other = await gateway.client();
    tickByTick(client, 1);
    tickByTick(client, 2, AAPL, 'BidAsk');
    await client.code(10189, 2);
    tickByTick(other, 1);
    await other.code(10189, 1);
    tickByTick(client, 3, IBM);
    await other.until(() => {
      tickByTick(other, 9, AAPL, 'BidAsk');
      return other.ofType(99).length > 0 || other.has(322, 9);
    });
    expect(client.codes.some(([id]) => id === 1 || id === 3)).toBe(false);
  });

  it('tick-by-tick line 6 gets error 10190', async () => {
    const gateway = await TestGateway.open({ limits: { 'tick-by-tick-repeat': 'off' } });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const client = await gateway.client();
    for (let id = 1; id <= 6; id++) tickByTick(client, id, [AAPL, IBM, BTC][id % 3]);
    await client.code(10190, 6);
    client.send(98, 1);
    tickByTick(client, 7);
    client.send(98, 8);
    await client.code(300, 8);
    expect(client.codes.some(([id]) => id === 7)).toBe(false);
  });

  it('an identical request for small bars within 15 s is a pacing violation, for larger bars it is none', async () => {
    const [, client] = await open(SPEED);
    bars(client, 1, '5 secs', '60 S');
    bars(client, 2, '5 secs', '60 S');
    await client.code(162, 2);
    await client.some(17);
    bars(client, 3, '1 min', '600 S');
    bars(client, 4, '1 min', '600 S');
    await client.some(17, 3);
    await client.until(() => {
      const { length } = client.codes;
      bars(client, 100 + length, '5 secs', '60 S');
      return client.ofType(17).length > 3;
    });
  });

  it('the sixth request of one contract, exchange and kind within 2 s is a pacing violation', async () => {
    const [gateway, client] = await open(SLOW);
    for (let id = 1; id <= 6; id++) pastTicks(client, id, id, 'TRADES');
    pastTicks(client, 7, 1, 'TRADES', IBM);
    pastTicks(client, 8, 1, 'MIDPOINT');
    await client.code(162, 6);
    await client.some(98, 6);
    await client.some(96);
    expect(client.codes.filter(([, code]) => code === 162)).toEqual([[6, 162]]);
    expect(gateway.stats.breaches).toEqual({ 'history-burst': 1 });
  });

  it('60 small requests in ten minutes are allowed, and those for bids and asks count twice', async () => {
    const [gateway, client] = await open(SPEED);
    let id = 0;
    const ask = async (what: string): Promise<void> => {
      const type = what === 'TRADES' ? 98 : 97;
      const have = client.ofType(type).length;
      pastTicks(client, ++id, id, what, [AAPL, IBM, BTC][id % 3]);
      await client.until(() => client.ofType(type).length > have || client.has(162, id));
    };
    for (let i = 0; i < 20; i++) await ask('BID_ASK');
    for (let i = 0; i < 20; i++) await ask('TRADES');
    expect(client.has(162, id)).toBe(false);
    await ask('TRADES');
    expect(client.has(162, id)).toBe(true);
    expect(gateway.stats.breaches).toEqual({ 'history-small': 1 });
  });

  it('the fifty-first open historical request is refused, and a cancelled one makes room', async () => {
    // The answers take two seconds, in which the rest is over.
    const gateway = await TestGateway.open({
      limits: { messages: 'off' },
      clock: new SystemClock({ speed: SLOW }),
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const client = await gateway.client();
    for (let id = 1; id <= 51; id++) bars(client, id, '1 min', '600 S', 'TRADES', IBM);
    await client.code(322, 51);
    client.send(25, 1, 1);
    await client.code(162, 1);
    bars(client, 52, '1 min', '600 S');
    await client.some(17, 50);
    expect(client.codes.filter(([id]) => id > 0)).toEqual([[51, 322], [1, 162]]); // prettier-ignore
  });
});
