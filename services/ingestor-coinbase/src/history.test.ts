import type { RawBar, RawTrade } from '@concord/codec';
import { HistoryFailed, NotOffered, type Hole } from '@concord/sources';
import { collect, ManualClock, passUntil, testContext, testListing, TestRestServer } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { CoinbaseHistory, readCandles, readTrades } from './history.ts';

const listing = testListing('coinbase', 'BTC-USD');
const context = testContext('coinbase', ['BTC-USD']);
const START = 1_767_225_600;
const clock = new ManualClock({ startAtMs: (START + 86_400) * 1_000 });

function history(url: string): CoinbaseHistory {
  return new CoinbaseHistory([url], { clock, replica: 'r1' });
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

function candle(start: number): object {
  return { start: String(start), low: '1', high: '4', open: '2', close: '3', volume: '0.5' };
}

/** When trade `id` happened, seconds after the start: twenty a second, a thousand and a half in second 100, then thirty a second. */
function secondOf(id: number): number {
  if (id < 2_000) return id / 20;
  return id < 3_500 ? 100 + (id - 2_000) / 1_500 : 101 + (id - 3_500) / 30;
}

/** Trade `id` as the venue gives it: the maker sold. */
function entry(id: number): object {
  const time = new Date((START + secondOf(id)) * 1_000).toISOString().replace('Z', '123Z');
  return { trade_id: String(id), product_id: 'BTC-USD', price: '1.5', size: '2', time, side: 'SELL' };
}

/** The venue with trades up to `newest`: the newest page of a span of seconds, newest first. `endCounts`: whether the last second belongs to it. */
function tradesUpTo(newest: number, endCounts = true, oldest = 0): (url: URL) => object {
  return ({ searchParams }) => {
    const start = Number(searchParams.get('start') ?? 0) - START;
    const end = Number(searchParams.get('end') ?? Infinity) - START + (endCounts ? 1 : 0);
    const found = range(oldest, newest).filter((id) => secondOf(id) >= start && secondOf(id) < end);
    return {
      trades: found
        .slice(-Number(searchParams.get('limit')))
        .reverse()
        .map(entry),
      best_bid: '1',
      best_ask: '2',
    };
  };
}

/** The record of trade `id`. */
function trade(id: number): RawTrade {
  const [record] = readTrades(JSON.stringify({ trades: [entry(id)] }), context, listing, 0);
  if (record === undefined) throw new Error('no record');
  return record;
}

describe('Coinbase history', () => {
  it('pages candles by time, oldest first, and leaves windows without a trade out', async () => {
    await using server = await TestRestServer.start((url) => {
      const start = Number(url.searchParams.get('start'));
      const end = Number(url.searchParams.get('end'));
      const candles: object[] = [];
      // Newest first, as the venue sends them; every seventh minute had no trade.
      for (let at = end; at >= start; at -= 60) if ((at / 60) % 7 !== 0) candles.push(candle(at));
      return { candles };
    });
    const to = START + 800 * 60;
    const bars = (await read(
      history(server.url).pages(listing, 'bars', '1m', START * 1e6, to * 1e6, undefined),
    )) as RawBar[];
    const expected = Array.from({ length: 800 }, (_, minute) => START + minute * 60).filter(
      (at) => (at / 60) % 7 !== 0,
    );
    expect(bars.map(({ start }) => start / 1e6)).toEqual(expected);
    expect(server.requests).toHaveLength(3);
    const [first] = server.requests;
    expect(first?.pathname).toBe('/api/v3/brokerage/market/products/BTC-USD/candles');
    expect(first?.searchParams.get('granularity')).toBe('ONE_MINUTE');
    expect(bars[0]).toMatchObject({ origin: 'BACKFILL', final: true, tradeCount: null });
  });

  it.each([
    ['included', true],
    ['not included', false],
  ])(
    'reads trades of a stretch whole and in order, the last second of a span being %s',
    async (_, endCounts) => {
      await using server = await TestRestServer.start(tradesUpTo(1_999, endCounts));
      const [from, to] = [(START + 7) * 1e6, (START + 90) * 1e6];
      const trades = await read(history(server.url).pages(listing, 'trades', null, from, to, undefined));
      expect(idsOf(trades)).toEqual(range(140, 1_799));
      expect(trades[0]).toMatchObject({
        origin: 'BACKFILL',
        idKind: 'TRADE',
        side: 'BUY',
        eventTime: (START + 7) * 1e6 + 123,
        eventTimePrecision: 'MICROSECOND',
      });
    },
  );

  it('fills a hole of several pages, oldest first', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const missed = hole({
      ids: { first: 4_000, last: 8_000 },
      from: trade(3_999).eventTime,
      before: trade(8_001),
    });
    const ids = idsOf(await read(history(server.url).repair(missed, undefined)));
    expect(ids).toEqual(range(ids[0] ?? NaN, ids.at(-1) ?? NaN));
    expect(ids[0]).toBeLessThanOrEqual(4_000);
    expect(ids.at(-1)).toBeGreaterThanOrEqual(8_000);
    expect(server.requests.length).toBeLessThan(16);
  });

  it.each([
    ['ahead before the hole', 20, 0],
    ['behind before it', -20, 0],
    ['ahead after it', 0, 20],
    ['behind after it', 0, -20],
    ['ahead of all that there is', 4_000, 0],
  ])("fills a hole by its ids when the venue's clock was %s", async (_, aheadS, afterwardsS) => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const [last, next] = [trade(3_999), trade(8_001)];
    const missed = hole({
      ids: { first: 4_000, last: 8_000 },
      from: (last.eventTime ?? 0) + aheadS * 1e6,
      before: { ...next, eventTime: (next.eventTime ?? 0) + afterwardsS * 1e6 },
    });
    const ids = new Set(idsOf(await read(history(server.url).repair(missed, undefined))));
    expect(range(4_000, 8_000).filter((id) => !ids.has(id))).toEqual([]);
    expect(server.requests.length).toBeLessThan(30);
  });

  it('takes of a second with more than a page what can be had, and goes on behind it', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const missed = hole({
      ids: { first: 1_900, last: 4_000 },
      from: trade(1_899).eventTime,
      before: trade(4_001),
    });
    const ids = new Set(idsOf(await read(history(server.url).repair(missed, undefined))));
    const missing = range(1_900, 4_000).filter((id) => !ids.has(id));
    expect(missing).toEqual(range(2_000, 2_499)); // of its 1,500 trades the venue gives the newest 1,000
  });

  it('says so where a stretch holds a second with more than a page', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const pages = (from: number, to: number): AsyncIterable<readonly object[]> =>
      history(server.url).pages(listing, 'trades', null, (START + from) * 1e6, (START + to) * 1e6, undefined);
    await expect(read(pages(95, 110))).rejects.toThrow(NotOffered);
    expect(await read(pages(102, 110))).not.toEqual([]);
  });

  it.each([true, false])(
    'says from when on it has trades where a stretch begins before the oldest (last second included: %s)',
    async (endCounts) => {
      await using server = await TestRestServer.start(tradesUpTo(1_999, endCounts, 407));
      const got: object[] = [];
      const pages = (from: number, to: number): AsyncIterable<readonly object[]> =>
        history(server.url).pages(
          listing,
          'trades',
          null,
          (START + from) * 1e6,
          (START + to) * 1e6,
          undefined,
        );
      const all = async (): Promise<unknown> => {
        for await (const page of pages(-500, 60)) got.push(...page);
        return undefined;
      };
      const error = await passUntil(
        clock,
        all().catch((thrown: unknown) => thrown),
      );
      expect(error).toBeInstanceOf(NotOffered);
      expect(error).toMatchObject({ since: (trade(407).eventTime ?? 0) + 1 });
      expect(idsOf(got)).toEqual(range(407, 1_199));
      await expect(read(pages(-500, -400))).rejects.toThrow(NotOffered);
      // From within the second of the oldest on, of which older ones are there.
      expect(idsOf(await read(pages(20.75, 22)))).toEqual(range(415, 439));
      for (const [from, to] of [
        [9, 9],
        [10, 9],
        [200, 300],
      ] as const)
        expect(await read(pages(from, to))).toEqual([]);
    },
  );

  it('names no time where a second with more than a page comes after the oldest trade', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999, true, 407));
    const ends = [(START - 500) * 1e6, (START + 110) * 1e6] as const;
    const pages = history(server.url).pages(listing, 'trades', null, ...ends, undefined);
    await expect(read(pages)).rejects.toMatchObject({ code: 'not-offered', since: null });
  });

  it('gives all without an error where the first trade of all is there, or none was ever made', async () => {
    await using server = await TestRestServer.start(tradesUpTo(199, true, 1));
    const ends = [(START - 500) * 1e6, (START + 60) * 1e6] as const;
    const trades = await read(history(server.url).pages(listing, 'trades', null, ...ends, undefined));
    expect(idsOf(trades)).toEqual(range(1, 199));
    await using empty = await TestRestServer.start(() => ({ trades: [] }));
    expect(await read(history(empty.url).pages(listing, 'trades', null, ...ends, undefined))).toEqual([]);
  });

  it('ends a repair where the venue has no more yet', async () => {
    await using server = await TestRestServer.start(tradesUpTo(300));
    const missed = hole({ ids: { first: 200, last: 400 }, from: trade(199).eventTime, before: trade(401) });
    expect(idsOf(await read(history(server.url).repair(missed, undefined))).at(-1)).toBe(300);
  });

  it('goes back from the end of a hole of which the beginning is not known', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const missed = hole({ ids: { first: 5_000, last: 7_500 }, before: trade(7_501) });
    const ids = idsOf(await read(history(server.url).repair(missed, undefined)));
    expect([...new Set(ids)].toSorted((a, b) => a - b)).toEqual(range(Math.min(...ids), Math.max(...ids)));
    expect(Math.min(...ids)).toBeLessThanOrEqual(5_000);
    expect(Math.max(...ids)).toBeGreaterThanOrEqual(7_500);
    expect(server.requests.length).toBeLessThan(6);
  });

  it('refuses a trade of another product among others, and says what it expected and got', () => {
    const text = JSON.stringify({ trades: [entry(2), { ...entry(1), product_id: 'ETH-USD' }] });
    expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    expect(() => readTrades(text, context, listing, 0)).toThrow(
      'coinbase: expected an answer about BTC-USD, got one about "ETH-USD"',
    );
  });

  it('says what it does not offer and what it cannot read', () => {
    const nowhere = history('http://x');
    expect(() => nowhere.pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => nowhere.pages(listing, 'bars', '4h', 0, 1, undefined)).toThrow(NotOffered);
    expect(() => nowhere.repair(hole({ kind: 'quotes' }), undefined)).toThrow(NotOffered);
    for (const text of ['{"trades":7}', '{"trades":[null]}', '{"trades":[{"trade_id":"1","side":"BUY"}]}']) {
      expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    }
    for (const text of [
      '',
      '[]',
      '{"candles":7}',
      '{"candles":[{"start":5}]}',
      '{"candles":[{"start":"5","low":1}]}',
    ]) {
      expect(() => readCandles(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
    }
  });
});
