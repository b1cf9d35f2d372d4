import { formatMicros, parseRfc3339 } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import { NotOffered, type Hole } from '@concord/sources';
import { collect, testListing, TestRestServer } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { ExampleHistory } from './history.ts';

const clock = new SystemClock({ speed: 100 });
const listing = testListing('example', 'BTC-USD');
const FROM = parseRfc3339('2026-01-31T12:00:00Z') ?? 0;

function history(url: string): ExampleHistory {
  return new ExampleHistory([url], { clock, replica: 'r1' });
}

/** REPLACE THIS with what the venue answers. Trades 0 to 2,499, one a second; every minute has a bar. */
function answer({ pathname, searchParams }: URL): object {
  const limit = Number(searchParams.get('limit'));
  const since = parseRfc3339(searchParams.get('since') ?? '') ?? FROM;
  if (pathname === '/bars') {
    const first = Math.ceil((since - FROM) / 60_000_000);
    const prices = { open: '1', high: '4', low: '0.5', close: '2', volume: '10' };
    const bars = Array.from({ length: limit }, (_, index) => ({
      start: formatMicros(FROM + (first + index) * 60_000_000),
      ...prices,
    }));
    return { symbol: 'BTC-USD', bars };
  }
  const first = Number(searchParams.get('from_id') ?? (since - FROM) / 1_000_000);
  const trades = Array.from({ length: Math.min(limit, 2_500 - first) }, (_, index) => ({
    id: first + index,
    time: formatMicros(FROM + (first + index) * 1_000_000),
    ...{ price: '65000.1', size: '0.5', side: 'buy' },
  }));
  return { symbol: 'BTC-USD', trades };
}

describe('history of example', () => {
  it('follows the pages of trades by their ids, oldest first', async () => {
    await using server = await TestRestServer.start(answer);
    const to = FROM + 2_400 * 1_000_000;
    const trades = await collect(history(server.url).pages(listing, 'trades', null, FROM, to, undefined));
    expect(trades.map((trade) => Number('firstId' in trade ? trade.firstId : NaN))).toEqual(
      Array.from({ length: 2_400 }, (_, id) => id),
    );
    expect(trades[0]?.origin).toBe('BACKFILL');
    expect(server.requests.map(({ searchParams }) => searchParams.get('from_id'))).toEqual([
      null,
      '1000',
      '2000',
    ]);
  });

  it('follows the pages of bars by their starts', async () => {
    await using server = await TestRestServer.start(answer);
    const to = FROM + 1_500 * 60_000_000;
    const bars = await collect(history(server.url).pages(listing, 'bars', '1m', FROM, to, undefined));
    expect(bars.map((bar) => 'start' in bar && (bar.start - FROM) / 60_000_000)).toEqual(
      Array.from({ length: 1_500 }, (_, minute) => minute),
    );
  });

  it('asks for what a hole lacks, and has no quotes', async () => {
    await using server = await TestRestServer.start(answer);
    const hole: Hole = {
      listing,
      kind: 'trades',
      ids: { first: 10, last: 19 },
      ...{ from: FROM, after: null, before: null },
    };
    const trades = await collect(history(server.url).repair(hole, undefined));
    expect(trades.slice(0, 10).map((trade) => 'firstId' in trade && trade.firstId)).toEqual([
      '10',
      '11',
      '12',
      '13',
      '14',
      '15',
      '16',
      '17',
      '18',
      '19',
    ]);
    expect(server.requests).toHaveLength(1);
    expect(() => history(server.url).repair({ ...hole, kind: 'quotes' }, undefined)).toThrow(NotOffered);
  });
});
