import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@concord/runtime';
import {
  BarSizeSetting,
  EventName,
  IBApi,
  SecType,
  TickByTickDataType,
  WhatToShow,
  type Contract,
} from '@stoqey/ib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from './testing/gateway.ts';

interface Truth {
  readonly kind: string;
  readonly symbol: string;
  readonly price: string;
  readonly size: string;
  readonly venueAt: number;
  readonly sampled?: boolean;
  readonly sentTo: number;
}

const SHARE: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

describe('@stoqey/ib, with nothing but the port changed,', () => {
  let gateway: TestGateway;
  let api: IBApi;
  let folder: string;
  const events: [name: EventName, ...args: unknown[]][] = [];
  const of = (name: EventName, id?: number): unknown[][] =>
    events.filter((one) => one[0] === name && (id === undefined || one[1] === id)).map((one) => one.slice(1));
  const first = async (name: EventName, id?: number): Promise<unknown[]> => {
    await expect.poll(() => of(name, id).length).toBeGreaterThan(0);
    return of(name, id)[0] ?? [];
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concord-ib-'));
    const truthFile = join(folder, 'truth.jsonl');
    gateway = await TestGateway.open({ truthFile, clock: new SystemClock({ speed: 10 }), rate: 200 });
    api = new IBApi({ host: '127.0.0.1', port: gateway.port, clientId: 5 });
    api.on(EventName.error, (error, code, id) => events.push([EventName.error, id, code, error.message]));
    api.on(EventName.all, (name, args) => {
      if (name !== EventName.error) events.push([name as EventName, ...(args as unknown[])]);
    });
    api.connect();
  });
  afterAll(async () => {
    api.disconnect();
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('connects, and takes the notices of the data farms for information', async () => {
    await first(EventName.nextValidId);
    expect((await first(EventName.server)).slice(0, 1)).toEqual([176]);
    expect(await first(EventName.managedAccounts)).toEqual(['DU1234567']);
    await expect.poll(() => of(EventName.info).map(([, code]) => code)).toEqual([2104, 2106, 2158]);
    expect(of(EventName.error)).toEqual([]);
  });

  it('gets contract details and a market rule, and error 200 for what is not listed', async () => {
    api.reqContractDetails(1, SHARE);
    api.reqContractDetails(2, { ...SHARE, symbol: 'NOPE' });
    api.reqMarketRule(26);
    const [, details] = await first(EventName.contractDetails, 1);
    expect(details).toMatchObject({
      contract: { symbol: 'AAPL', conId: 265598, exchange: 'SMART', primaryExch: 'NASDAQ', currency: 'USD' },
      minTick: 0.01,
      timeZoneId: 'US/Eastern',
      minSize: 1,
      sizeIncrement: 1,
    });
    await first(EventName.contractDetailsEnd, 1);
    expect((await first(EventName.error, 2))[1]).toBe(200);
    expect((await first(EventName.marketRule))[1]).toEqual([{ lowEdge: 0, increment: 0.01 }]);
  });

  it('gets market data', async () => {
    api.reqMktData(10, SHARE, '', false, false);
    expect(await first(EventName.marketDataType, 10)).toEqual([10, 1]);
    await first(EventName.tickReqParams, 10);
    for (const type of [1, 2, 4])
      await expect.poll(() => of(EventName.tickPrice, 10).some((one) => one[1] === type)).toBe(true);
    await expect.poll(() => of(EventName.tickSize, 10).length).toBeGreaterThan(10);
    api.cancelMktData(10);
  });

  it('gets every trade tick by tick', async () => {
    api.reqTickByTickData(20, SHARE, TickByTickDataType.AllLast, 0, false);
    await expect.poll(() => of(EventName.tickByTickAllLast, 20).length).toBeGreaterThan(80);
    api.cancelTickByTickData(20);
    api.reqCurrentTime();
    await first(EventName.currentTime);
    const got = of(EventName.tickByTickAllLast, 20).map((one) => [Number(one[2]), one[3], one[4]]);
    // The truth file is written in pieces.
    let sent: unknown[][] = [];
    const readTruth = async (): Promise<number> => {
      const lines = (await readFile(join(folder, 'truth.jsonl'), 'utf8')).split('\n').slice(0, -1);
      sent = lines
        .map((line) => JSON.parse(line) as Truth)
        .filter(
          (one) => one.kind === 'trades' && one.symbol === 'AAPL' && one.sampled !== true && one.sentTo > 0,
        )
        .map((one) => [Math.floor(one.venueAt / 1_000_000), Number(one.price), Number(one.size)]);
      return sent.length;
    };
    await expect.poll(readTruth).toBeGreaterThan(20);
    expect(got.slice(0, sent.length)).toEqual(sent.slice(0, got.length));
  });

  it('gets quotes tick by tick of crypto by contract id', async () => {
    api.reqTickByTickData(30, { conId: 479624278, exchange: 'PAXOS' }, TickByTickDataType.BidAsk, 0, false);
    const [, , bid, ask] = await first(EventName.tickByTickBidAsk, 30);
    expect(Number(bid)).toBeLessThan(Number(ask));
    api.cancelTickByTickData(30);
  });

  it('gets real-time bars, historical bars that go on, and historical ticks', async () => {
    api.reqRealTimeBars(40, SHARE, 5, WhatToShow.TRADES, false);
    api.reqHistoricalData(41, SHARE, '', '1800 S', BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, 0, 2, true);
    api.reqHistoricalTicks(42, SHARE, '', '20991231-00:00:00', 100, WhatToShow.TRADES, 0, false);
    expect((await first(EventName.realtimeBar, 40)).slice(2, 6).every((price) => Number(price) > 100)).toBe(
      true,
    );
    await expect.poll(() => of(EventName.historicalDataUpdate, 41).length).toBeGreaterThan(1);
    const bars = of(EventName.historicalData, 41);
    expect(String(bars.at(-1)?.[1])).toMatch(/^finished-/);
    expect(bars.length).toBeGreaterThan(20);
    const [, ticks, done] = await first(EventName.historicalTicksLast, 42);
    expect([(ticks as unknown[]).length >= 100, done]).toEqual([true, true]);
    for (const id of [41]) api.cancelHistoricalData(id);
    api.cancelRealTimeBars(40);
    expect((await first(EventName.error, 41))[1]).toBe(162);
  });

  it('hears of lost connectivity as information without a request', async () => {
    gateway.inject({ kind: 'connectivity-lost', durationMs: 1_000, dataLost: true });
    const codes = (): unknown[] => of(EventName.info).map(([, code]) => code);
    await expect.poll(codes).toContain(1101);
    expect(codes()).toContain(1100);
  });

  it('never broke a limit, nor got a message it could not read', () => {
    expect(gateway.stats.breaches).toEqual({});
    expect(of(EventName.error).map(([, code]) => code).filter((code) => code === 505)).toEqual([]); // prettier-ignore
  });
});
