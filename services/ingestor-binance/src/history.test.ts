import type { RawBar, RawTrade } from '@concord/codec';
import { parseFixed } from '@concord/model';
import { HistoryFailed, NotOffered, type Hole } from '@concord/sources';
import {
  collect,
  ManualClock,
  passUntil,
  readRecordedLines,
  RECORDINGS_PRESENT,
  testContext,
  testListing,
  TestRestServer,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { BinanceHistory, readAggregateTrades, readKlines, readTrades } from './history.ts';

const listing = testListing('binance', 'BTCUSDT');
const context = testContext('binance', ['BTCUSDT']);
const own = {
  tradeStream: 'aggTrade',
  barInterval: '1m',
  timeUnit: 'millisecond',
  streamsPerConnection: 200,
} as const;
const START_MS = 1_767_225_600_000;

const clock = new ManualClock({ startAtMs: START_MS + 2 * 86_400_000 });

function history(url: string, over: object = {}): BinanceHistory {
  return new BinanceHistory([url], { ...own, ...over }, { clock, replica: 'r1' });
}

function read<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return passUntil(clock, collect(pages));
}

function idsOf(records: readonly object[]): number[] {
  return records.map((record) => Number((record as RawTrade).firstId));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function hole(over: Partial<Hole>): Hole {
  return { listing, kind: 'trades', ids: null, from: null, after: null, before: null, ...over };
}

/** Single trade `id`, as `/api/v3/historicalTrades` gives it: several share a millisecond. */
function single(id: number): object {
  const time = START_MS + Math.floor(id / 7);
  return { id, price: '1.5', qty: '2', quoteQty: '3', time, isBuyerMaker: false, isBestMatch: true };
}

/** The venue with aggregates or single trades up to `newest`. */
function tradesUpTo(newest: number): (url: URL) => object[] {
  return ({ pathname, searchParams }) => {
    const limit = Number(searchParams.get('limit'));
    const start = (Number(searchParams.get('startTime')) - START_MS) * 7;
    const from = searchParams.has('fromId') ? Number(searchParams.get('fromId')) : start;
    const one = pathname === '/api/v3/aggTrades' ? aggregate : single;
    return range(from, Math.min(newest, from + limit - 1)).map(one);
  };
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
    const trades = await read(history(server.url).pages(listing, 'trades', null, from, to, undefined));
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
    const bars = (await read(
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

  it('finds single trades in time by the aggregates, and pages them by id', async () => {
    await using server = await TestRestServer.start(({ pathname, searchParams }) =>
      pathname === '/api/v3/aggTrades'
        ? [{ a: 3, f: 70, l: 75, T: START_MS + 10, p: '1', q: '1', m: true }]
        : tradesUpTo(9_999)(new URL(`http://x${pathname}?${searchParams.toString()}`)),
    );
    const [from, to] = [(START_MS + 10) * 1_000, (START_MS + 400) * 1_000];
    const own = history(server.url, { tradeStream: 'trade' });
    const trades = await read(own.pages(listing, 'trades', null, from, to, undefined));
    expect(idsOf(trades)).toEqual(range(70, 70 + 390 * 7 - 1));
    expect(trades[0]).toMatchObject({ origin: 'BACKFILL', idKind: 'TRADE', fills: null, side: 'BUY' });
    expect(server.requests.map(({ pathname }) => pathname)).toEqual([
      '/api/v3/aggTrades',
      ...Array<string>(3).fill('/api/v3/historicalTrades'),
    ]);
  });

  it.each([
    ['aggTrade', '/api/v3/aggTrades', 'AGGREGATE'],
    ['trade', '/api/v3/historicalTrades', 'TRADE'],
  ])('fills a hole in %s by id, page after page, and no further', async (tradeStream, path, idKind) => {
    await using server = await TestRestServer.start(tradesUpTo(99_999));
    const own = history(server.url, { tradeStream });
    const records = await read(own.repair(hole({ ids: { first: 500, last: 2_700 } }), undefined));
    expect(idsOf(records)).toEqual(range(500, 3_499));
    expect(records[0]).toMatchObject({ origin: 'BACKFILL', idKind });
    expect(
      server.requests.map(({ pathname, searchParams }) => [pathname, searchParams.get('fromId')]),
    ).toEqual([500, 1_500, 2_500].map((id) => [path, String(id)]));
  });

  it('ends a repair where the venue has no more yet, and gives the rest when asked again', async () => {
    let newest = 1_400;
    await using server = await TestRestServer.start((url) => tradesUpTo(newest)(url));
    const own = history(server.url);
    const ids = { first: 500, last: 2_000 };
    expect(idsOf(await read(own.repair(hole({ ids }), undefined))).at(-1)).toBe(1_400);
    expect(await read(own.repair(hole({ ids: { ...ids, first: 1_401 } }), undefined))).toEqual([]);
    newest = 5_000;
    const rest = await read(own.repair(hole({ ids: { ...ids, first: 1_401 } }), undefined));
    expect(idsOf(rest)).toEqual(range(1_401, 2_400));
    expect(rest[0]?.session).toContain('-repair-');
  });

  it('reads up to the newest trade where the hole has no known end', async () => {
    await using server = await TestRestServer.start(tradesUpTo(3_210));
    const records = await read(
      history(server.url).repair(hole({ ids: { first: 7, last: null } }), undefined),
    );
    expect(idsOf(records)).toEqual(range(7, 3_210));
  });

  it('fetches the bars that were missed, the one before them anew', async () => {
    await using server = await TestRestServer.start(({ searchParams }) => {
      const [from, to] = ['startTime', 'endTime'].map((name) => Number(searchParams.get(name)) - START_MS);
      return range(Math.ceil((from ?? 0) / 60_000), Math.floor((to ?? 0) / 60_000)).map(kline);
    });
    const [after] = readKlines(JSON.stringify([kline(3)]), context, listing, '1m', START_MS * 1_000);
    const missed = hole({ kind: 'bars', after: after ?? null });
    const bars = (await read(history(server.url).repair(missed, undefined))) as RawBar[];
    const minutes = bars.map(({ start }) => (start / 1_000 - START_MS) / 60_000);
    expect(minutes.slice(0, 7)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(bars[0]).toMatchObject({ final: true, origin: 'BACKFILL', interval: '1m' });
    expect(server.requests[0]?.searchParams.get('interval')).toBe('1m');
  });

  it('says what it does not offer and what it cannot read', () => {
    expect(() => history('http://x').pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => history('http://x').repair(hole({ kind: 'quotes' }), undefined)).toThrow(NotOffered);
    for (const text of ['', '{}', '[7]', '[[1,2]]', '[["x"]]']) {
      expect(() => readKlines(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
    }
    for (const text of ['<html>', '[null]', '[{"m":true}]']) {
      expect(() => readAggregateTrades(text, context, listing, 0)).toThrow(HistoryFailed);
      expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    }
  });

  it.skipIf(!RECORDINGS_PRESENT)('reads every recorded answer of klines, trades and aggregate trades', () => {
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
      if (path === '/api/v3/historicalTrades' || path === '/api/v3/trades') {
        const ids = idsOf(readTrades(text, context, listing, 0));
        expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? NaN) + index));
        expect(ids.length).toBeGreaterThan(0);
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
