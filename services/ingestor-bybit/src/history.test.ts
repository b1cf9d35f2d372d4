import type { RawBar, RawTrade } from '@concord/codec';
import { parseFixed } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import { HistoryFailed, NotOffered, type Hole } from '@concord/sources';
import { collect, testContext, testListing, TestRestServer } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { bybitOptions } from './config.ts';
import { BybitHistory, readKlines, readRecentTrades } from './history.ts';

const clock = new SystemClock({ speed: 100 });
const listing = testListing('bybit', 'BTCUSDT');
const context = testContext('bybit', ['BTCUSDT']);
const START_MS = 1_767_225_600_000;
const MINUTE_MS = 60_000;

function history(url: string, options: Record<string, string> = {}): BybitHistory {
  const own = bybitOptions({ kinds: ['trades'], quotesEveryChange: true, sockets: 1, options });
  return new BybitHistory([url], own, { clock, replica: 'r1' });
}

function answer(list: unknown[], about: object = {}): object {
  const result = { category: 'spot', symbol: 'BTCUSDT', ...about, list };
  return { retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time: START_MS };
}

function kline(minute: number): string[] {
  return [String(START_MS + minute * MINUTE_MS), '1.0', '4.0', '0.5', '2.0', '10', '20.5'];
}

/** Candles between both ends, at most as many as asked for and then the newest, newest first. */
function klines(url: URL): object {
  const [start, end, limit] = ['start', 'end', 'limit'].map((name) => Number(url.searchParams.get(name)));
  const first = Math.ceil(((start ?? 0) - START_MS) / MINUTE_MS);
  const last = Math.floor(((end ?? 0) - START_MS) / MINUTE_MS);
  const all = Array.from({ length: last - first + 1 }, (_, index) => kline(first + index));
  return answer(all.slice(-(limit ?? 0)).reverse());
}

function trade(id: number, over: object = {}): object {
  return {
    execId: String(2_290_000_001_189_048_000 + id * 1_000),
    symbol: 'BTCUSDT',
    price: '65140.5',
    size: '0.002705',
    side: id % 2 === 0 ? 'Buy' : 'Sell',
    time: String(START_MS + id),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(112_488_547_000 + id),
    ...over,
  };
}

describe('Bybit history', () => {
  it('pages candles by both ends, since a page holds the newest between them', async () => {
    await using server = await TestRestServer.start(klines);
    const to = (START_MS + 2_500 * MINUTE_MS) * 1_000;
    const pages = history(server.url).pages(listing, 'bars', '1m', START_MS * 1_000, to, undefined);
    const bars = (await collect(pages)) as RawBar[];
    expect(bars.map(({ start }) => start)).toEqual(
      Array.from({ length: 2_500 }, (_, minute) => (START_MS + minute * MINUTE_MS) * 1_000),
    );
    expect(server.requests.map(({ searchParams }) => Object.fromEntries(searchParams))).toMatchObject([
      { category: 'spot', symbol: 'BTCUSDT', interval: '1', start: String(START_MS), limit: '1000' },
      { start: String(START_MS + 1_000 * MINUTE_MS) },
      { start: String(START_MS + 2_000 * MINUTE_MS), end: String(START_MS + 2_499 * MINUTE_MS) },
    ]);
  });

  it('calls candles final whose window has passed, and says only what the venue does', () => {
    const middle = (START_MS + 90_000) * 1_000;
    const text = JSON.stringify(answer([kline(1), kline(0)]));
    const [closed, open] = readKlines('spot', text, context, listing, '1m', middle);
    expect([closed?.final, open?.final]).toEqual([true, false]);
    expect(closed).toMatchObject({
      origin: 'BACKFILL',
      start: START_MS * 1_000,
      open: parseFixed('1'),
      high: parseFixed('4'),
      low: parseFixed('0.5'),
      close: parseFixed('2'),
      volume: parseFixed('10'),
      quoteVolume: parseFixed('20.5'),
      tradeCount: null,
    });
  });

  it('gives of trades the newest page, the same as the live stream tells them, oldest first', async () => {
    const list = [trade(3, { isBlockTrade: true }), trade(2, { isRPITrade: true }), trade(1)];
    await using server = await TestRestServer.start(({ searchParams }) =>
      answer(list, { category: searchParams.get('category') }),
    );
    const pages = history(server.url).pages(listing, 'trades', null, 0, Number.MAX_SAFE_INTEGER, undefined);
    const trades = (await collect(pages)) as RawTrade[];
    expect(trades).toMatchObject([
      {
        origin: 'BACKFILL',
        idKind: 'OPAQUE',
        side: 'SELL',
        eventTime: (START_MS + 1) * 1_000,
        venueSequence: 112_488_547_001,
        price: parseFixed('65140.5'),
        size: parseFixed('0.002705'),
        conditions: [],
      },
      { side: 'BUY', conditions: ['RPI'] },
      { conditions: ['BT'] },
    ]);
    expect(server.requests[0]?.searchParams.get('limit')).toBe('60');
    await collect(
      history(server.url, { category: 'linear' }).pages(listing, 'trades', null, 0, 1, undefined),
    );
    expect(Object.fromEntries(server.requests[1]?.searchParams ?? [])).toMatchObject({
      category: 'linear',
      limit: '1000',
    });
  });

  it('says from when on it has trades where a stretch begins earlier than its newest page', async () => {
    const list = Array.from({ length: 60 }, (_, n) => trade(100 - n));
    await using server = await TestRestServer.start(() => answer(list));
    const got: RawTrade[] = [];
    const pages = (from: number, to: number): AsyncIterable<readonly object[]> =>
      history(server.url).pages(
        listing,
        'trades',
        null,
        (START_MS + from) * 1_000,
        (START_MS + to) * 1_000,
        undefined,
      );
    const failure: unknown = await (async () => {
      for await (const page of pages(30, 51)) got.push(...(page as RawTrade[]));
    })().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotOffered);
    expect(failure).toMatchObject({ since: (START_MS + 42) * 1_000 });
    expect(got.map(({ eventTime }) => (eventTime ?? 0) / 1_000 - START_MS)).toEqual(
      Array.from({ length: 10 }, (_, n) => 41 + n),
    );
    await expect(collect(pages(10, 20))).rejects.toThrow(NotOffered);
    expect(await collect(pages(42, 101))).toHaveLength(59);
  });

  it('asks for no trades of an empty stretch nor of one that is to come', async () => {
    const list = Array.from({ length: 60 }, (_, n) => trade(100 - n));
    await using server = await TestRestServer.start(() => answer(list));
    const [at, nextHour] = [START_MS * 1_000, clock.nowMicros() + 3_600_000_000];
    for (const [from, to] of [
      [at, at],
      [at + 1, at],
      [nextHour, nextHour + 1],
    ] as const)
      expect(await collect(history(server.url).pages(listing, 'trades', null, from, to, undefined))).toEqual(
        [],
      );
    expect(server.requests).toEqual([]);
  });

  it('repairs trades from the newest page and bars from the one before the hole on', async () => {
    await using server = await TestRestServer.start((url) =>
      url.pathname === '/v5/market/kline' ? klines(url) : answer([trade(2), trade(1)]),
    );
    const hole = {
      listing,
      kind: 'trades',
      ids: null,
      from: START_MS * 1_000,
      after: null,
      before: null,
    } as const;
    expect(await collect(history(server.url).repair(hole, undefined))).toHaveLength(2);
    const [after, before] = readKlines(
      'spot',
      JSON.stringify(answer([kline(9), kline(5)])),
      context,
      listing,
      '1m',
      0,
    );
    const bars: Hole = { ...hole, kind: 'bars', after: after ?? null, before: before ?? null };
    const starts = ((await collect(history(server.url).repair(bars, undefined))) as RawBar[]).map(
      ({ start }) => (start / 1_000 - START_MS) / MINUTE_MS,
    );
    expect(starts).toEqual([5, 6, 7, 8, 9]);
    expect(() => history(server.url).repair({ ...hole, kind: 'quotes' }, undefined)).toThrow(NotOffered);
  });

  it('says what it does not offer, what the venue refuses and what it cannot read', async () => {
    const none = history('http://x');
    expect(() => none.pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => none.pages(listing, 'bars', '1s', 0, 1, undefined)).toThrow(NotOffered);
    await using server = await TestRestServer.start(() => ({
      retCode: 10_001,
      retMsg: 'Not supported symbols',
    }));
    await expect(
      collect(history(server.url).pages(listing, 'trades', null, 0, 1, undefined)),
    ).rejects.toThrow(/Not supported symbols \(retCode 10001\)/);
    for (const list of [[[1, 2]], [['x']], [7], [[String(START_MS), '1', 'x', '1', '1', '1', '1']]]) {
      expect(() => readKlines('spot', JSON.stringify(answer(list)), context, listing, '1m', 0)).toThrow(
        HistoryFailed,
      );
    }
    for (const over of [{ execId: 7 }, { side: 'buy' }, { time: 1 }, { price: '' }]) {
      expect(() =>
        readRecentTrades('spot', JSON.stringify(answer([trade(1, over)])), context, listing, 0),
      ).toThrow(HistoryFailed);
    }
    for (const text of ['', '[]', '{}', '{"retCode":0,"result":[]}']) {
      expect(() => readRecentTrades('spot', text, context, listing, 0)).toThrow(HistoryFailed);
    }
  });

  it.each([
    ['another symbol', 'BTCUSDT', 'ETHUSDT', { symbol: 'ETHUSDT' }],
    ['another category', 'spot', 'linear', { category: 'linear' }],
    ['no symbol', 'BTCUSDT', 'undefined', { symbol: undefined }],
  ])('refuses candles of %s', (_, expected, got, about) => {
    const text = JSON.stringify(answer([kline(1)], about));
    expect(() => readKlines('spot', text, context, listing, '1m', 0)).toThrow(
      new RegExp(`expected an answer about ${expected}, got one about "?${got}`),
    );
  });

  it('refuses trades of another category, or one trade of another symbol among others', () => {
    const read = (about: object, over: object): RawTrade[] =>
      readRecentTrades(
        'spot',
        JSON.stringify(answer([trade(2), trade(1, over)], about)),
        context,
        listing,
        0,
      );
    expect(read({}, {})).toHaveLength(2);
    expect(() => read({ category: 'linear' }, {})).toThrow(
      'expected an answer about spot, got one about "linear"',
    );
    expect(() => read({}, { symbol: 'ETHUSDT' })).toThrow(HistoryFailed);
    expect(() => read({}, { symbol: 'ETHUSDT' })).toThrow('about BTCUSDT, got one about "ETHUSDT"');
  });

  it('tries again when the venue says that it is visited too often', async () => {
    let visits = 0;
    await using server = await TestRestServer.start(() =>
      ++visits === 1 ? { retCode: 10_006, retMsg: 'Too many visits!' } : answer([trade(1)]),
    );
    const pages = history(server.url).pages(listing, 'trades', null, 0, Number.MAX_SAFE_INTEGER, undefined);
    expect(await collect(pages)).toHaveLength(1);
    expect(visits).toBe(2);
  });
});
