import type { RawBar, RawTrade } from '@concord/codec';
import { ONE } from '@concord/model';
import { testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { HistoryFailed } from '../errors.ts';
import { pastBarRecord } from '../frame/records.ts';
import type { HistoryStep, Stretch } from './history.ts';
import { barsBySpan, barsFrom, tradesById, type BarPages, type BarSpans, type TradePages } from './paging.ts';
import { pastTradeRecord } from './past-trade.ts';
import type { RestRequest } from './rest-host.ts';

const MINUTE = 60_000_000;
const listing = testListing('test', 'A');
const stretch: Stretch = {
  context: testContext('test', ['A']),
  listing,
  dataType: 'bars',
  interval: '1m',
  from: 0,
  to: 8 * MINUTE,
};

/** Follows all steps; `answer` gives an answer's text, which `asked` shortens to what matters. */
function follow<T>(
  first: HistoryStep | undefined,
  answer: (request: RestRequest) => string,
): { asked: string[]; records: T[] } {
  const asked: string[] = [];
  const records: T[] = [];
  for (let step = first; step !== undefined;) {
    asked.push(`${step.path} ${Object.values(step.query).join(' ')}`);
    const read = step.read(answer(step), 0);
    records.push(...(read.records as readonly T[]));
    step = read.next;
  }
  return { asked, records };
}

/** Numbers from the first to the last, as an answer's text. */
function numbers(first: number, last: number): string {
  return JSON.stringify(Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index));
}

/** Three to a page; trade `n` is of the microsecond `n`. */
const TRADES: TradePages = {
  size: 3,
  from: (_listing, id) => ({ path: 'id', query: { id } }),
  read: (text, context, of, receiveTime) =>
    (JSON.parse(text) as number[]).map((id) => {
      const fields = { receiveTime, eventTime: id, precision: 'MICROSECOND', side: 'BUY' } as const;
      return pastTradeRecord(context, of, String(id), { ...fields, price: ONE, size: ONE });
    }),
};

describe('trades by id', () => {
  const upTo =
    (newest: number, oldest = 0) =>
    ({ query }: RestRequest): string => {
      const last = Math.min(newest, Number(query['id']) + 2);
      return numbers(Math.max(oldest, last - 2), last);
    };
  const idsOf = (records: readonly RawTrade[]): number[] => records.map(({ firstId }) => Number(firstId));

  it.each([
    ['the page that reaches its id', { id: 6 }, 99, ['id 4'], [4, 5, 6]],
    ['the page that goes beyond its id', { id: 7 }, 99, ['id 4', 'id 7'], [4, 5, 6, 7, 8, 9]],
    ['the page that reaches its time', { time: 9 }, 99, ['id 4', 'id 7'], [4, 5, 6, 7, 8, 9]],
    ['the newest, where none is known', { id: null }, 7, ['id 4', 'id 7'], [4, 5, 6, 7]],
    ['nothing, where nothing is there yet', {}, 3, ['id 4'], []],
  ])('end with %s, and leave out what is older than the first', (_what, end, newest, asked, ids) => {
    const told = follow<RawTrade>(tradesById(TRADES, stretch, 4, end), upTo(newest));
    expect([told.asked, idsOf(told.records)]).toEqual([asked, ids]);
  });

  it('go on from a page whose beginning the venue no longer has', () => {
    const told = follow<RawTrade>(tradesById(TRADES, stretch, 4, { id: 8 }), upTo(99, 6));
    expect([told.asked, idsOf(told.records)]).toEqual([
      ['id 4', 'id 7'],
      [6, 7, 8, 9],
    ]);
  });

  it('go on by id from a first page that was asked for otherwise', () => {
    const first = { path: 'time', query: { id: 5 } };
    const told = follow<RawTrade>(tradesById(TRADES, stretch, first, { time: 8 }), upTo(99));
    expect([told.asked, idsOf(told.records)]).toEqual([
      ['time 5', 'id 8'],
      [5, 6, 7, 8, 9, 10],
    ]);
  });
});

const read: BarPages['read'] = (text, context, of, interval, receiveTime) =>
  (JSON.parse(text) as number[]).map((minute) => {
    const [price, none] = [ONE, null];
    const prices = { open: price, high: price, low: price, close: price };
    const told = { volume: none, quoteVolume: none, vwap: none, tradeCount: none, takerBuyVolume: none };
    return pastBarRecord(context, of, { receiveTime, interval, start: minute * MINUTE, ...prices, ...told });
  });
const minutesOf = (records: readonly RawBar[]): number[] => records.map(({ start }) => start / MINUTE);

describe('bars from a time on', () => {
  const pages: BarPages = {
    size: 3,
    from: ({ from }) => ({ path: 'from', query: { minute: from / MINUTE } }),
    read,
  };

  it('go on from the end of a full page, over what the venue does not have, up to the end of the stretch', () => {
    const told = follow<RawBar>(barsFrom(pages, stretch, '1m'), ({ query }) =>
      query['minute'] === 0 ? '[1,2,5]' : numbers(Number(query['minute']), Number(query['minute']) + 2),
    );
    expect([told.asked, minutesOf(told.records)]).toEqual([
      ['from 0', 'from 6'],
      [1, 2, 5, 6, 7, 8],
    ]);
  });

  it('end with a page that is not full, and need none for an empty stretch', () => {
    expect(follow(barsFrom(pages, stretch, '1m'), () => '[0,1]').asked).toEqual(['from 0']);
    expect(barsFrom(pages, { ...stretch, to: 0 }, '1m')).toBeUndefined();
    // A venue that does not heed where to begin would be asked for the same page for ever.
    expect(() => follow(barsFrom(pages, stretch, '1m'), () => '[0,1,2]')).toThrow(HistoryFailed);
  });
});

describe('bars span by span', () => {
  const request = (path: string, first: number, last: number): RestRequest => ({
    path,
    query: { first: first / MINUTE, last: last / MINUTE },
  });
  const spans: BarSpans = {
    size: 3,
    between: (_listing, _interval, first, last) => request('between', first, last),
    read,
  };
  const closedUpTo =
    (newest: number) =>
    ({ path, query }: RestRequest): string => {
      const last = Number(query['last']);
      return numbers(Number(query['first']), path === 'between' ? Math.min(newest, last) : last);
    };

  it('ask for as many as a page holds, from the first window that starts in the stretch, whatever comes', () => {
    const from = { ...stretch, from: MINUTE / 2, to: 7.5 * MINUTE };
    const told = follow<RawBar>(barsBySpan(spans, from, '1m'), closedUpTo(5));
    expect([told.asked, minutesOf(told.records)]).toEqual([
      ['between 1 3', 'between 4 6', 'between 7 7'],
      [1, 2, 3, 4, 5],
    ]);
    expect(barsBySpan(spans, { ...stretch, from: 8 * MINUTE }, '1m')).toBeUndefined();
  });

  it('take what a span lacks from the second list, and go on after that', () => {
    const two = {
      ...spans,
      newest: (...[, , first, last]: Parameters<BarSpans['between']>) => request('newest', first, last),
    };
    const told = follow<RawBar>(barsBySpan(two, stretch, '1m'), closedUpTo(3));
    expect([told.asked, minutesOf(told.records)]).toEqual([
      ['between 0 2', 'between 3 5', 'newest 4 6', 'between 7 7', 'newest 7 7'],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
  });

  it('leave out what was not asked for', () => {
    const told = follow<RawBar>(barsBySpan(spans, { ...stretch, to: MINUTE }, '1m'), () => '[0,1,2]');
    expect(minutesOf(told.records)).toEqual([0]);
  });
});
