import type { RawBar, RawTrade } from '@concord/codec';
import { windowStart } from '@concord/model';
import { HistoryFailed, NotOffered, type Hole } from '@concord/sources';
import {
  collect,
  ManualClock,
  passUntil,
  readRecording,
  RECORDINGS_PRESENT,
  testContext,
  testListing,
  TestRestServer,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { KrakenHistory, readBars, readTrades } from './history.ts';

const listing = testListing('kraken', 'BTC/USD');
const context = testContext('kraken', ['BTC/USD']);
const START = 1_767_225_600;
const clock = new ManualClock({ startAtMs: (START + 86_400) * 1_000 });

/** Trade `id` at `id` hundredths of a second, as a row with numbers as Kraken writes them. */
function row(id: number): string {
  const time = `${START + Math.floor(id / 100)}.${String(id % 100).padStart(2, '0')}12345`;
  return `["65083.50000","0.00010000",${time},"s","l","",${id}]`;
}

function nanoseconds(id: number): bigint {
  return BigInt(START * 100 + id) * 10_000_000n + 1_234_500n;
}

/** The venue with trades up to `newest`: those after `since`, a page of them. */
function tradesUpTo(newest: number): (url: URL) => string {
  return ({ searchParams }) => {
    const since = BigInt(searchParams.get('since') ?? 0);
    let first = 0;
    while (first <= newest && nanoseconds(first) <= since) first++;
    const last = Math.min(newest, first + 999);
    const rows = Array.from({ length: last - first + 1 }, (_, index) => row(first + index));
    const cursor = rows.length === 0 ? since : nanoseconds(last);
    return `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"${cursor}"}}`;
  };
}

function history(url: string): KrakenHistory {
  return new KrakenHistory([url], { clock, replica: 'r1' });
}

function read<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return passUntil(clock, collect(pages), 100);
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

/** Trade `id` as a record. */
function trade(id: number): RawTrade {
  const [record] = readTrades(
    `{"error":[],"result":{"XXBTZUSD":[${row(id)}],"last":""}}`,
    context,
    listing,
    0,
  ).trades;
  if (record === undefined) throw new Error('no record');
  return record;
}

describe('Kraken history', () => {
  it('pages trades by its cursor in nanoseconds, without a loss or a repetition', async () => {
    await using server = await TestRestServer.start(tradesUpTo(2_599));
    const pages = history(server.url).pages(
      listing,
      'trades',
      null,
      START * 1e6,
      (START + 25) * 1e6,
      undefined,
    );
    const trades = (await read(pages)) as RawTrade[];
    expect(trades.map(({ firstId }) => Number(firstId))).toEqual(
      Array.from({ length: 2_500 }, (_, id) => id),
    );
    expect(server.requests).toHaveLength(3);
    expect(trades[101]).toMatchObject({
      origin: 'BACKFILL',
      side: 'SELL',
      eventTime: (START + 1) * 1e6 + 11_234,
      eventTimePrecision: 'NANOSECOND',
    });
  });

  it('waits when the venue says, with HTTP 200, that there were too many requests', async () => {
    let count = 0;
    const times: number[] = [];
    await using server = await TestRestServer.start((url) => {
      times.push(clock.monotonicMs());
      return ++count === 1 ? '{"error":["EAPI:Rate limit exceeded"]}' : tradesUpTo(10)(url);
    });
    const pages = history(server.url).pages(
      listing,
      'trades',
      null,
      START * 1e6,
      (START + 1) * 1e6,
      undefined,
    );
    expect(idsOf(await read(pages))).toEqual(range(0, 10));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it('fills a hole from the time before it on, until its last id', async () => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const after = trade(199);
    const missed = hole({
      ids: { first: 200, last: 1_900 },
      from: after.eventTime,
      after,
      before: trade(1_901),
    });
    const records = await read(history(server.url).repair(missed, undefined));
    expect(idsOf(records)).toEqual(range(199, 2_198)); // the record before the hole again, and whole pages
    expect(records[0]).toMatchObject({ origin: 'BACKFILL', idKind: 'TRADE' });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['ahead', 15],
    ['behind', -15],
    ['ahead of all that there is', 150],
  ])("fills a hole by its ids when the venue's clock was %s before it", async (_, aheadS) => {
    await using server = await TestRestServer.start(tradesUpTo(9_999));
    const from = (trade(1_999).eventTime ?? 0) + aheadS * 1e6;
    const missed = hole({ ids: { first: 2_000, last: 2_900 }, from, before: trade(2_901) });
    const ids = new Set(idsOf(await read(history(server.url).repair(missed, undefined))));
    expect(range(2_000, 2_900).filter((id) => !ids.has(id))).toEqual([]);
    expect(server.requests.length).toBeLessThan(8);
  });

  it('ends a repair where the venue has no more yet', async () => {
    await using server = await TestRestServer.start(tradesUpTo(1_250));
    const missed = hole({ ids: { first: 200, last: 1_900 }, from: trade(199).eventTime });
    expect(idsOf(await read(history(server.url).repair(missed, undefined)))).toEqual(range(199, 1_250));
    const rest = hole({ ids: { first: 1_251, last: 1_900 }, from: trade(1_250).eventTime });
    expect(idsOf(await read(history(server.url).repair(rest, undefined)))).toEqual([1_250]);
  });

  it('looks further and further back for the beginning of a hole of which only the end is known', async () => {
    await using server = await TestRestServer.start(tradesUpTo(99_999));
    // A hole of 500 s: one minute and four are not enough.
    const missed = hole({ ids: { first: 30_000, last: 30_100 }, before: trade(80_000) });
    const ids = idsOf(await read(history(server.url).repair(missed, undefined)));
    expect(ids).toEqual(range(ids[0] ?? NaN, ids.at(-1) ?? NaN));
    expect(ids[0]).toBeLessThanOrEqual(30_000);
    expect(ids.at(-1)).toBeGreaterThanOrEqual(30_100);
  });

  it('gives the last 720 bars, and says from when on it has them where more were asked for', async () => {
    const bar = (minute: number): string => `[${START + minute * 60},"1","4","0.5","2","1.5","10",3]`;
    const bars = (first: number): string =>
      Array.from({ length: 1_000 - first }, (_, n) => bar(first + n))
        .slice(-720)
        .join(',');
    await using server = await TestRestServer.start(({ searchParams }) => {
      const first = Math.ceil((Number(searchParams.get('since')) + 1 - START) / 60);
      return `{"error":[],"result":{"XXBTZUSD":[${bars(Math.max(0, first))}],"last":${START}}}`;
    });
    const pages = (first: number, last: number): AsyncIterable<readonly object[]> =>
      history(server.url).pages(
        listing,
        'bars',
        '1m',
        (START + first * 60) * 1e6,
        (START + last * 60) * 1e6,
        undefined,
      );
    const got: RawBar[] = [];
    const failure: unknown = await read(pages(0, 281)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotOffered);
    expect(failure).toMatchObject({ since: (START + 280 * 60) * 1e6 });
    expect(await read(pages(280, 1_000))).toHaveLength(720);
    const [after] = readBars(
      `{"error":[],"result":{"XXBTZUSD":[${bar(0)}],"last":""}}`,
      context,
      listing,
      '1m',
      0,
    );
    const repair = async (): Promise<void> => {
      for await (const page of history(server.url).repair(
        hole({ kind: 'bars', after: after ?? null }),
        undefined,
      ))
        got.push(...(page as RawBar[]));
    };
    await expect(passUntil(clock, repair(), 100)).rejects.toThrow(NotOffered);
    expect(got).toHaveLength(720);
  });

  it('says what it does not offer, what the venue refuses and what it cannot read', async () => {
    const nowhere = history('http://x');
    expect(() => nowhere.pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => nowhere.pages(listing, 'bars', '1s', 0, 1, undefined)).toThrow(NotOffered);
    expect(() => nowhere.repair(hole({ kind: 'quotes' }), undefined)).toThrow(NotOffered);
    await using server = await TestRestServer.start(() => '{"error":["EQuery:Unknown asset pair"]}');
    await expect(read(history(server.url).pages(listing, 'bars', '1m', 0, 1, undefined))).rejects.toThrow(
      /Unknown asset pair/,
    );
    for (const text of [
      '',
      '[]',
      '{}',
      '{"error":[],"result":{"XXBTZUSD":7}}',
      '{"error":[],"result":{"XXBTZUSD":[[1,2]]}}',
    ]) {
      expect(() => readBars(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
      expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    }
  });

  it.each([
    ['BTC/USD', 'XXBTZUSD'],
    ['BTC/USD', 'XBT/USD'],
    ['BTC/USD', 'BTC/USD'],
    ['BTC/USDT', 'XBTUSDT'],
    ['DOGE/USD', 'XDGUSD'],
    ['ETH/BTC', 'XETHXXBT'],
    ['MATIC/USD', 'MATICUSD'],
  ])('knows the answer about %s under the name %s', (symbol, name) => {
    const { trades } = readTrades(
      `{"error":[],"result":{"${name}":[${row(7)}],"last":""}}`,
      context,
      testListing('kraken', symbol),
      0,
    );
    expect(trades[0]).toMatchObject({ firstId: '7', venueSymbol: symbol });
  });

  it.each([
    ['another pair', 'XETHZUSD'],
    ['another quote currency', 'XXBTZEUR'],
    ['a longer name', 'XXBTZUSDT'],
    ['two pairs', `XXBTZUSD":[],"XETHZUSD`, 'XXBTZUSD, XETHZUSD'],
    ['no pair', 'last', ''],
  ])('refuses an answer about %s', (_, name, got = name) => {
    const text = `{"error":[],"result":{"${name}":[],"last":""}}`;
    const message = `kraken: expected an answer about BTC/USD, got one about "${got}"`;
    expect(() => readTrades(text, context, listing, 0)).toThrow(message);
    expect(() => readBars(text, context, listing, '1m', 0)).toThrow(message);
  });

  it.skipIf(!RECORDINGS_PRESENT)(
    "reads recorded trades that add up to the venue's own candles, minute by minute",
    () => {
      const pair = testListing('kraken', 'BTC/USDT');
      const { trades } = readTrades(readRecording('kraken/trades.json'), context, pair, 0);
      const bars: RawBar[] = readBars(readRecording('kraken/ohlc-1m.json'), context, pair, '1m', 0);
      expect(trades.map(({ firstId }) => firstId)).toEqual(
        Array.from({ length: 1_000 }, (_, index) => String(10_218_208 + index)),
      );
      const byMinute = Map.groupBy(trades, (trade) => windowStart(trade.eventTime ?? 0, '1m'));
      // The first and the last minute are cut off by the recording.
      const minutes = [...byMinute.keys()].sort((a, b) => a - b).slice(1, -1);
      let compared = 0;
      for (const start of minutes) {
        const bar = bars.find((one) => one.start === start);
        if (bar === undefined) continue;
        const own = byMinute.get(start) ?? [];
        expect(own.reduce((sum, { size }) => sum + size, 0n)).toBe(bar.volume);
        expect([own.length, own[0]?.price, own.at(-1)?.price]).toEqual([bar.tradeCount, bar.open, bar.close]);
        compared++;
      }
      expect(compared).toBeGreaterThan(250);
    },
  );
});
