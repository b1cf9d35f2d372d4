import type { RawBar, RawTrade } from '@concord/codec';
import { parseFixed } from '@concord/model';
import { HistoryFailed, NotOffered, type Hole } from '@concord/sources';
import { collect, ManualClock, passUntil, testContext, testListing, TestRestServer } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { OkxHistory, readCandles, readTrades } from './history.ts';

const listing = testListing('okx', 'BTC-USDT');
const context = testContext('okx', ['BTC-USDT']);
const START_MS = 1_767_225_600_000;
const clock = new ManualClock({ startAtMs: START_MS + 86_400_000 });
const MINUTE_MS = 60_000;
/** The venue's fills: from `OLDEST` to `NEWEST`, several a millisecond. */
const [OLDEST, NEWEST] = [5_000, 9_000];

const timeOf = (id: number): number => START_MS + Math.floor((id - OLDEST) / 7);

function fill(id: number): object {
  return {
    instId: 'BTC-USDT',
    side: id % 2 === 0 ? 'sell' : 'buy',
    sz: '0.00001',
    source: '0',
    px: '29963.2',
    tradeId: String(id),
    ts: String(timeOf(id)),
  };
}

/** `history-trades` as documented: newest first, at most 100, older than an id (type 1) or a time (type 2). */
function historyTrades(url: URL): object {
  return fillsFrom(url, OLDEST);
}

function fillsFrom({ searchParams: query }: URL, oldest: number, at = timeOf): object {
  const after = Number(query.get('after'));
  const isOlder = (id: number): boolean => (query.get('type') === '2' ? at(id) < after : id < after);
  const ids = Array.from({ length: NEWEST - oldest + 1 }, (_, index) => NEWEST - index);
  return {
    code: '0',
    msg: '',
    data: ids
      .filter(isOlder)
      .slice(0, 100)
      .map((id) => ({ ...fill(id), ts: String(at(id)) })),
  };
}

/** The minutes of both kinds of candles, as documented; `after` and `before` are excluded. */
function candles(now: number): (url: URL) => object {
  return ({ pathname, searchParams: query }) => {
    const [after, before] = [Number(query.get('after')), Number(query.get('before'))];
    const isPast = pathname.endsWith('history-candles');
    const open = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    // The history has a candle two minutes after its end.
    const newest = isPast ? open - 3 * MINUTE_MS : open;
    const oldest = isPast ? START_MS : open - 1_439 * MINUTE_MS;
    const rows: string[][] = [];
    for (
      let start = newest;
      start >= oldest && rows.length < Number(query.get('limit'));
      start -= MINUTE_MS
    ) {
      if (start >= after || start <= before) continue;
      rows.push([String(start), '1.0', '4.0', '0.5', '2.0', '10', '20.5', '20.5', start < open ? '1' : '0']);
    }
    return { code: '0', msg: '', data: rows };
  };
}

/** What was told before the end, and the end. */
async function readUpToError(
  pages: AsyncIterable<readonly unknown[]>,
): Promise<{ told: unknown[]; error: unknown }> {
  const told: unknown[] = [];
  const all = async (): Promise<unknown> => {
    for await (const page of pages) told.push(...page);
    return undefined;
  };
  const error = await passUntil(
    clock,
    all().catch((thrown: unknown) => thrown),
    100,
  );
  return { told, error };
}

function read<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return passUntil(clock, collect(pages), 100);
}

const idsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, n) => first + n);
const idsOf = (trades: readonly unknown[]): number[] =>
  trades.map((one) => Number((one as RawTrade).firstId));

function hole(first: number, last: number | null): Hole {
  return { listing, kind: 'trades', ids: { first, last }, from: null, after: null, before: null };
}

async function historyAt(answer: (url: URL) => string | object): Promise<{
  history: OkxHistory;
  server: TestRestServer;
}> {
  const server = await TestRestServer.start(answer);
  return { history: new OkxHistory([server.url], { clock, replica: 'r1' }), server };
}

describe('OKX history', () => {
  it('counts trades up by id from the first of a stretch, so that none is lost where many share a millisecond', async () => {
    const { history, server } = await historyAt(historyTrades);
    await using _server = server;
    const [from, to] = [(START_MS + 50) * 1_000, (START_MS + 150) * 1_000];
    const trades = await read(history.pages(listing, 'trades', null, from, to, undefined));
    expect(idsOf(trades)).toEqual(idsFrom(OLDEST + 350, 700));
    expect(trades[0]).toMatchObject({
      origin: 'BACKFILL',
      idKind: 'TRADE',
      fills: null,
      side: 'SELL',
      price: parseFixed('29963.2'),
    });
    expect(
      server.requests.slice(0, 3).map(({ searchParams: query }) => [query.get('type'), query.get('after')]),
    ).toEqual([
      ['2', String(START_MS + 50)],
      ['1', String(OLDEST + 450)],
      ['1', String(OLDEST + 550)],
    ]);
  });

  it('begins with the oldest trade that there is, ends with the newest, and says what it lacks before', async () => {
    const { history, server } = await historyAt(historyTrades);
    await using _server = server;
    const [from, to] = [(START_MS - 86_400_000) * 1_000, (START_MS + 86_400_000) * 1_000];
    const { told, error } = await readUpToError(history.pages(listing, 'trades', null, from, to, undefined));
    expect(error).toBeInstanceOf(NotOffered);
    expect(error).toMatchObject({ since: (START_MS + 1) * 1_000 });
    expect(idsOf(told)).toEqual(idsFrom(OLDEST, NEWEST - OLDEST + 1));
    // Forty pages of trades, and the halvings of two days in milliseconds.
    expect(server.requests.length).toBeLessThan(42 + 28);
  });

  it('says of a stretch before all that there is from when on there are trades', async () => {
    const { history, server } = await historyAt(historyTrades);
    await using _server = server;
    const to = (START_MS - 86_400_000) * 1_000;
    const past = history.pages(listing, 'trades', null, to - 60e6, to, undefined);
    expect(await readUpToError(past)).toMatchObject({ told: [], error: { since: (START_MS + 1) * 1_000 } });
    expect((await readUpToError(history.pages(listing, 'trades', null, to, to, undefined))).error).toBe(
      undefined,
    );
    const nextDay = (START_MS + 86_400_000) * 1_000;
    expect(await read(history.pages(listing, 'trades', null, nextDay, nextDay + 60e6, undefined))).toEqual(
      [],
    );
  });

  it('gives all without an error where the first trade of all is there, or none was ever made', async () => {
    const first = await historyAt((url) => fillsFrom(url, 1, (id) => START_MS + Math.floor(id / 7)));
    await using _first = first.server;
    const [from, to] = [(START_MS - 60_000) * 1_000, (START_MS + 100) * 1_000];
    const trades = await read(first.history.pages(listing, 'trades', null, from, to, undefined));
    expect(idsOf(trades)).toEqual(idsFrom(1, 699));
    const before = first.history.pages(listing, 'trades', null, from, from + 30e6, undefined);
    expect(await read(before)).toEqual([]);
    const none = await historyAt(() => ({ code: '0', msg: '', data: [] }));
    await using _none = none.server;
    expect(await read(none.history.pages(listing, 'trades', null, from, to, undefined))).toEqual([]);
    expect(none.server.requests).toHaveLength(3);
  });

  it('fetches the fills of a hole, up to its last id or to the newest', async () => {
    const { history, server } = await historyAt(historyTrades);
    await using _server = server;
    const filled = await read(history.repair(hole(6_000, 6_249), undefined));
    expect(idsOf(filled)).toEqual(idsFrom(6_000, 300));
    expect(server.requests).toHaveLength(3);
    await read(history.repair(hole(6_000, 6_199), undefined));
    expect(server.requests).toHaveLength(3 + 2);
    expect(idsOf(await read(history.repair(hole(8_950, null), undefined)))).toEqual(idsFrom(8_950, 51));
    // The venue's history may lag behind its stream: there is nothing yet.
    expect(await read(history.repair(hole(9_500, 9_510), undefined))).toEqual([]);
  });

  it('pages bars by their windows, the newest of them from the other list, with the open one as such', async () => {
    const now = START_MS + 250.5 * MINUTE_MS;
    const { history, server } = await historyAt(candles(now));
    await using _server = server;
    const to = (now + 5 * MINUTE_MS) * 1_000;
    const bars = (await read(
      history.pages(listing, 'bars', '1m', START_MS * 1_000, to, undefined),
    )) as RawBar[];
    expect(bars.map(({ start }) => start / 1_000)).toEqual(
      idsFrom(0, 251).map((n) => START_MS + n * MINUTE_MS),
    );
    expect(bars.map(({ final }) => final).indexOf(false)).toBe(250);
    expect(bars[0]).toMatchObject({
      origin: 'BACKFILL',
      quoteVolume: parseFixed('20.5'),
      volume: parseFixed('10'),
    });
    expect(server.requests.map(({ pathname }) => pathname.split('/').at(-1))).toEqual([
      'history-candles',
      'history-candles',
      'history-candles',
      'candles',
    ]);
  });

  it('asks for seconds where there are any', async () => {
    const { history, server } = await historyAt(() => ({ code: '0', msg: '', data: [] }));
    await using _server = server;
    const to = (START_MS + 150_000) * 1_000;
    expect(await read(history.pages(listing, 'bars', '1s', START_MS * 1_000, to, undefined))).toEqual([]);
    expect(server.requests.map(({ pathname, searchParams: query }) => [pathname, query.get('bar')])).toEqual([
      ['/api/v5/market/history-candles', '1s'],
      ['/api/v5/market/history-candles', '1s'],
    ]);
  });

  it('waits and asks again when it asked too much, and says what the venue refuses', async () => {
    let count = 0;
    const busy = await historyAt((url) =>
      ++count === 1 ? { code: '50011', msg: 'Too Many Requests', data: [] } : historyTrades(url),
    );
    await using _busy = busy.server;
    expect(idsOf(await read(busy.history.repair(hole(8_999, 9_000), undefined)))).toEqual([8_999, 9_000]);
    const refused = await historyAt(() => ({ code: '51001', msg: "Instrument ID doesn't exist", data: [] }));
    await using _refused = refused.server;
    await expect(read(refused.history.repair(hole(1, 2), undefined))).rejects.toThrow(/51001.*exist/);
  });

  it('refuses a trade of another instrument among others, and says what it expected and got', () => {
    const data = [fill(6_001), { ...fill(6_000), instId: 'BTC-USDT-SWAP' }];
    const text = JSON.stringify({ code: '0', msg: '', data });
    expect(() => readTrades(text, context, listing, 0)).toThrow(
      'okx: expected an answer about BTC-USDT, got one about "BTC-USDT-SWAP"',
    );
  });

  it('says what it does not offer and what it cannot read', () => {
    const history = new OkxHistory(['http://x'], { clock, replica: 'r1' });
    expect(() => history.pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => history.repair({ ...hole(1, 2), kind: 'quotes' }, undefined)).toThrow(NotOffered);
    const rows = (data: unknown): string => JSON.stringify({ code: '0', msg: '', data });
    for (const text of ['', '[]', '{}', rows({}), rows([7]), rows([{ tradeId: 'x' }]), rows([['1', '2']])]) {
      expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
      expect(() => readCandles(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
    }
    for (const wrong of [
      { ts: 'now' },
      { px: 1 },
      { side: 'hold' },
      { tradeId: '1.5' },
      { instId: 'ETH-USDT' },
    ])
      expect(() => readTrades(rows([{ ...fill(6_000), ...wrong }]), context, listing, 0)).toThrow(
        HistoryFailed,
      );
  });
});
