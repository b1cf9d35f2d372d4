import type { RawBar, RawTrade } from '@concord/codec';
import { parseFixed } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import { HistoryFailed, NotOffered } from '@concord/sources';
import {
  collect,
  readRecordedLines,
  RECORDINGS_PRESENT,
  testContext,
  testListing,
  TestRestServer,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { BinanceHistory, readAggregateTrades, readKlines } from './history.ts';

const clock = new SystemClock({ speed: 100 });
const listing = testListing('binance', 'BTCUSDT');
const context = testContext('binance', ['BTCUSDT']);
const own = {
  tradeStream: 'aggTrade',
  barInterval: '1m',
  timeUnit: 'millisecond',
  streamsPerConnection: 200,
} as const;
const START_MS = 1_767_225_600_000;

function history(url: string, over: object = {}): BinanceHistory {
  return new BinanceHistory(url, { ...own, ...over }, { clock, replica: 'r1' });
}

/** Aggregate trade `id`: several share a millisecond. */
function aggregate(id: number): object {
  return {
    a: id,
    p: '1.5',
    q: '2',
    f: id * 2,
    l: id * 2 + 1,
    T: START_MS + Math.floor(id / 7),
    m: true,
    M: true,
  };
}

function kline(minute: number): unknown[] {
  const start = START_MS + minute * 60_000;
  return [start, '1.0', '4.0', '0.5', '2.0', '10', start + 59_999, '20.5', 7, '4', '8.2', '0'];
}

describe('Binance history', () => {
  it('pages aggregate trades by id, so that none is lost or doubled where many share a millisecond', async () => {
    await using server = await TestRestServer.start((url) => {
      const query = url.searchParams;
      const from = query.has('fromId')
        ? Number(query.get('fromId'))
        : Math.max(0, (Number(query.get('startTime')) - START_MS) * 7);
      return Array.from({ length: 1_000 }, (_, index) => aggregate(from + index));
    });
    const from = (START_MS + 10) * 1_000;
    const to = (START_MS + 400) * 1_000;
    const trades = await collect(history(server.url).pages(listing, 'trades', null, from, to, undefined));
    const ids = trades.map((trade) => Number((trade as RawTrade).firstId));
    expect(ids).toEqual(Array.from({ length: 390 * 7 }, (_, index) => 70 + index));
    expect(trades[0]).toMatchObject({ origin: 'BACKFILL', idKind: 'AGGREGATE', fills: 2, side: 'SELL' });
    expect(server.requests.map(({ searchParams }) => searchParams.get('fromId'))).toEqual([
      null,
      '1070',
      '2070',
    ]);
  });

  it('pages klines by time and calls those final whose window has passed', async () => {
    await using server = await TestRestServer.start((url) => {
      const first = (Number(url.searchParams.get('startTime')) - START_MS) / 60_000;
      const end = (Number(url.searchParams.get('endTime')) - START_MS) / 60_000;
      return Array.from({ length: Math.min(1_000, Math.floor(end) - first + 1) }, (_, index) =>
        kline(first + index),
      );
    });
    const to = (START_MS + 2_500 * 60_000) * 1_000;
    const bars = (await collect(
      history(server.url).pages(listing, 'bars', '1m', START_MS * 1_000, to, undefined),
    )) as RawBar[];
    expect(bars.map(({ start }) => start)).toEqual(
      Array.from({ length: 2_500 }, (_, minute) => (START_MS + minute * 60_000) * 1_000),
    );
    expect(server.requests).toHaveLength(3);
    const middle = START_MS * 1_000 + 90_000_000;
    const [closed, open] = readKlines(JSON.stringify([kline(0), kline(1)]), context, listing, '1m', middle);
    expect([closed?.final, open?.final]).toEqual([true, false]);
    expect(closed).toMatchObject({
      quoteVolume: parseFixed('20.5'),
      tradeCount: 7,
      takerBuyVolume: parseFixed('4'),
    });
  });

  it('says what it does not offer and what it cannot read', () => {
    expect(() => history('http://x').pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() =>
      history('http://x', { tradeStream: 'trade' }).pages(listing, 'trades', null, 0, 1, undefined),
    ).toThrow(NotOffered);
    for (const text of ['', '{}', '[7]', '[[1,2]]', '[["x"]]']) {
      expect(() => readKlines(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
    }
    for (const text of ['<html>', '[null]', '[{"m":true}]']) {
      expect(() => readAggregateTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    }
  });

  it.skipIf(!RECORDINGS_PRESENT)('reads every recorded answer of klines and aggregate trades', () => {
    const answers = readRecordedLines('rest/binance.jsonl.gz') as {
      path: string;
      query: string;
      response: unknown;
    }[];
    let bars = 0;
    for (const { path, query, response } of answers) {
      const text = JSON.stringify(response);
      const interval = new URLSearchParams(query).get('interval');
      if (path === '/api/v3/aggTrades') {
        const ids = readAggregateTrades(text, context, listing, 0).map(({ firstId }) => Number(firstId));
        expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? NaN) + index));
      }
      if (path !== '/api/v3/klines') continue;
      const read = readKlines(text, context, listing, interval as '1m', Number.MAX_SAFE_INTEGER);
      expect(read.every(({ high, low, open, close }) => high >= open && high >= close && low <= open)).toBe(
        true,
      );
      bars += read.length;
    }
    expect(bars).toBeGreaterThan(1_000);
  });
});
