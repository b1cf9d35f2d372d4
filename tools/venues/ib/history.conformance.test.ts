import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AAPL, BTC, IBM, TestGateway, type TwsClient } from './testing/gateway.ts';
import type { Field } from './wire.ts';
import { utcTime } from './zone-time.ts';

/** A trade of a tick-by-tick message or of historical ticks: time, price, size, attributes, exchange, conditions. */
type Print = readonly string[];

const livePrints = (client: TwsClient, id: number): Print[] =>
  client
    .ofType(99)
    .filter((fields) => fields[1] === String(id))
    .map(([, , , time = '', price = '', size = '', mask = '', exchange = '', conditions = '']) => [
      ...[time, price, size, mask, exchange, conditions],
    ]);

const pastPrints = (answer: readonly string[]): Print[] => {
  const rows = answer.slice(3, -1);
  return Array.from({ length: rows.length / 6 }, (_, i) => rows.slice(i * 6, i * 6 + 6)).map(
    ([time = '', mask = '', price = '', size = '', exchange = '', conditions = '']) => [
      ...[time, price, size, mask, exchange, conditions],
    ],
  );
};

describe('the simulated gateway tells', () => {
  let gateway: TestGateway;
  const clock = new SystemClock({ speed: 20 });
  beforeAll(async () => {
    const unpaced = [
      'tick-by-tick',
      'tick-by-tick-repeat',
      'history-identical',
      'history-burst',
      'history-small',
    ];
    const limits = Object.fromEntries(unpaced.map((name) => [name, 'off'] as const));
    gateway = await TestGateway.open({ clock, limits });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const ticks = (client: TwsClient, id: number, type: string, contract: readonly Field[] = AAPL): void =>
    client.send(97, id, ...contract, type, 0, 0);
  const pastTicks = (client: TwsClient, id: number, start: string, end: string, count: number, what = 'TRADES'): void =>
    client.send(96, id, ...AAPL, 0, start, end, count, what, 0, 0, ''); // prettier-ignore
  const bars = (client: TwsClient, id: number, asked: BarsAsked, contract: readonly Field[] = AAPL): void => {
    const { end = '', size = '1 min', duration = '1800 S', what = 'TRADES', format = 2, keep = 0 } = asked;
    client.send(20, id, ...contract, 0, end, size, duration, 0, what, format, keep, '');
  };
  const answered = async (client: TwsClient, type: number, id: number): Promise<string[]> => {
    const found = (): string[] | undefined => client.ofType(type).find((fields) => fields[1] === String(id));
    await client.until(() => found() !== undefined, `answer ${id}`);
    return found() ?? [];
  };
  const rowsOf = (answer: readonly string[]): string[][] => {
    const rows = answer.slice(5);
    return Array.from({ length: rows.length / 8 }, (_, i) => rows.slice(i * 8, i * 8 + 8));
  };

  it('every trade on AllLast, and on Last those that were reported', async () => {
    const client = await gateway.client();
    ticks(client, 1, 'AllLast');
    ticks(client, 2, 'Last');
    await client.until(() => livePrints(client, 1).filter(([, , , mask]) => mask === '2').length > 1);
    const all = livePrints(client, 1);
    const reported = all.filter(([, , , mask]) => mask === '0');
    const seen = livePrints(client, 2);
    // The second line may have begun a trade later, and the last message may be on its way.
    const at = reported.findIndex((one) => one.join() === seen[0]?.join());
    expect(at).toBeGreaterThanOrEqual(0);
    expect(seen).toEqual(reported.slice(at, at + seen.length));
    expect(reported.length - seen.length - at).toBeLessThan(2);
    expect(all.every(([time]) => /^\d{10}$/.test(time ?? ''))).toBe(true);
    expect(new Set(all.map(([, , , , exchange]) => exchange))).toContain('FINRA');
  });

  it('every change of bid and ask, and of the middle between them', async () => {
    const client = await gateway.client();
    ticks(client, 1, 'BidAsk', BTC);
    ticks(client, 2, 'MidPoint', BTC);
    const of = (id: string): string[][] => client.ofType(99).filter((fields) => fields[1] === id);
    await client.until(() => of('2').length > 5);
    const middles = of('1').map((fields) => (Number(fields[4]) + Number(fields[5])) / 2);
    const changed = middles.filter((middle, i) => middle !== middles[i - 1]);
    const seen = of('2').map((fields) => Number(fields[4]));
    // The second line may have begun a quote later.
    const at = changed.indexOf(seen[0] ?? 0);
    expect(at).toBeGreaterThanOrEqual(0);
    expect(seen.slice(0, 5)).toEqual(changed.slice(at, at + 5));
  });

  it('the last trades ahead of the live ones, where asked', async () => {
    const client = await gateway.client();
    client.send(97, 3, ...AAPL, 'AllLast', 10, 0);
    const past = pastPrints(await answered(client, 98, 3));
    expect(past.length).toBeGreaterThanOrEqual(10);
    await client.until(() => livePrints(client, 3).length > 2);
    expect(Number(livePrints(client, 3)[0]?.[0])).toBeGreaterThanOrEqual(Number(past.at(-1)?.[0]));
  });

  it('past trades that are exactly those told live, with all of the last second', async () => {
    const client = await gateway.client();
    ticks(client, 1, 'AllLast');
    await client.until(() => livePrints(client, 1).length > 60);
    const live = livePrints(client, 1);
    const from = Number(live[0]?.[0]) + 1;
    pastTicks(client, 2, utcTime(from * 1_000_000), '', 20);
    const past = pastPrints(await answered(client, 98, 2));
    const expected = live.filter(([time]) => Number(time) >= from);
    expect(past.length).toBeGreaterThanOrEqual(20);
    expect(past).toEqual(expected.slice(0, past.length));
    // The second in which the twentieth lies is complete.
    expect(expected[past.length]?.[0]).not.toBe(past.at(-1)?.[0]);
    pastTicks(client, 3, '', utcTime(Number(live.at(-1)?.[0]) * 1_000_000), 30);
    const before = pastPrints(await answered(client, 98, 3));
    expect(before.length).toBeGreaterThanOrEqual(30);
    expect(Number(before.at(-1)?.[0])).toBeLessThan(Number(live.at(-1)?.[0]));
  });

  it('past quotes and middles, and refuses more than 1,000 ticks, a time it cannot read, a kind it does not have', async () => {
    const client = await gateway.client();
    pastTicks(client, 1, '', utcTime(clock.nowMicros()), 20, 'BID_ASK');
    pastTicks(client, 2, '', utcTime(clock.nowMicros()), 20, 'MIDPOINT');
    expect(Number((await answered(client, 97, 1))[2])).toBeGreaterThanOrEqual(20);
    expect(Number((await answered(client, 96, 2))[2])).toBeGreaterThanOrEqual(20);
    pastTicks(client, 3, '', utcTime(clock.nowMicros()), 1_001);
    pastTicks(client, 4, 'yesterday', '', 10);
    pastTicks(client, 5, '', '', 10);
    await client.code(321, 3);
    await client.code(10314, 4);
    await client.code(10314, 5);
  });

  it('bars whose trades are the historical ones of the same minutes', async () => {
    const client = await gateway.client();
    // The venue's clock is a little behind.
    const end = Math.floor((clock.nowMicros() - 1_000_000) / 60_000_000) * 60_000_000;
    bars(client, 1, { end: utcTime(end), duration: '60 S' });
    pastTicks(client, 2, utcTime(end - 60_000_000), utcTime(end), 1_000);
    const [, , , , , date, open, high, low, close, volume, average, count] = await answered(client, 17, 1);
    const prints = pastPrints(await answered(client, 98, 2)).filter(
      ([time]) => Number(time) < end / 1_000_000,
    );
    const prices = prints.map(([, price]) => Number(price));
    expect(prints.length).toBeGreaterThan(10);
    expect(date).toBe(String(end / 1_000_000 - 60));
    expect([open, close].map(Number)).toEqual([prices[0], prices.at(-1)]);
    expect([high, low].map(Number)).toEqual([Math.max(...prices), Math.min(...prices)]);
    expect(Number(count)).toBe(prints.length);
    const shares = prints.reduce((sum, [, , size]) => sum + Number(size), 0);
    const value = prints.reduce((sum, [, price, size]) => sum + Number(price) * Number(size), 0);
    expect(Number(volume)).toBe(shares);
    expect(Number(average)).toBeCloseTo(value / shares, 5);
  });

  it('bars of quotes without a volume, days by their date, minutes in the time of the exchange', async () => {
    const client = await gateway.client();
    bars(client, 1, { what: 'MIDPOINT', size: '5 secs', duration: '60 S' });
    bars(client, 2, { size: '1 day', duration: '2 D', format: 1 });
    bars(client, 3, { format: 1, duration: '120 S' }, IBM);
    const [first] = rowsOf(await answered(client, 17, 1));
    expect(first?.slice(5)).toEqual(['-1', '-1', '-1']);
    expect(rowsOf(await answered(client, 17, 2)).every(([date]) => /^\d{8}$/.test(date ?? ''))).toBe(true);
    expect(rowsOf(await answered(client, 17, 3))[0]?.[0]).toMatch(/^\d{8} \d\d:\d\d:00 US\/Eastern$/);
  });

  it.each(['BID', 'ASK', 'MIDPOINT', 'BID_ASK'])(
    'bars of %s as far back as those of trades',
    async (what) => {
      const client = await gateway.client();
      bars(client, 1, { size: '5 mins', duration: '1 D' });
      bars(client, 2, { size: '5 mins', duration: '1 D', what });
      const [trades, quotes] = [rowsOf(await answered(client, 17, 1)), rowsOf(await answered(client, 17, 2))];
      expect(quotes.length).toBeGreaterThan(100);
      expect(Math.abs(quotes.length - trades.length)).toBeLessThanOrEqual(1);
      const known = new Map(trades.map((row) => [row[0], row]));
      for (const [date, open, high, low, close, volume] of quotes) {
        const [, , dearest, cheapest] = (known.get(date) ?? []).map(Number);
        expect([Number(high), Number(low)]).toEqual([
          expect.closeTo(dearest ?? 0, 0),
          expect.closeTo(cheapest ?? 0, 0),
        ]);
        for (const one of [open, close].map(Number)) {
          expect(one).toBeGreaterThanOrEqual(Number(low));
          expect(one).toBeLessThanOrEqual(Number(high));
        }
        expect(volume).toBe('-1');
      }
    },
  );

  it('the least bid, the greatest ask and the averages of both in a bar of BID_ASK', async () => {
    const client = await gateway.client();
    const end = utcTime(Math.floor((clock.nowMicros() - 1_000_000) / 5_000_000) * 5_000_000);
    for (const [id, what] of ['BID', 'ASK', 'BID_ASK'].entries())
      bars(client, id, { what, size: '5 secs', duration: '5 S', end });
    const rows = await Promise.all([0, 1, 2].map(async (id) => rowsOf(await answered(client, 17, id))[0]));
    const [bid, ask, both] = rows.map((row) => (row ?? []).map(Number));
    expect([both?.[3], both?.[2]]).toEqual([bid?.[3], ask?.[2]]);
    expect(both?.[1]).toBeGreaterThanOrEqual(bid?.[3] ?? 0);
    expect(both?.[1]).toBeLessThanOrEqual(bid?.[2] ?? 0);
    expect(both?.[4]).toBeGreaterThanOrEqual(ask?.[3] ?? 0);
    expect(both?.[4]).toBeLessThanOrEqual(ask?.[2] ?? 0);
  });

  it('weeks, dated by their last day of trading or by today', async () => {
    const client = await gateway.client();
    bars(client, 1, { size: '1 week', duration: '2 W' });
    const rows = rowsOf(await answered(client, 17, 1));
    expect(rows.length).toBeGreaterThan(0);
    const today = new Date(clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '');
    for (const [date = ''] of rows) {
      const day = new Date(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`).getUTCDay();
      expect(date === today || day === 5).toBe(true);
    }
  });

  it('bars that go on where the answer ended: each minute once complete, none left out', async () => {
    const client = await gateway.client();
    bars(client, 1, { duration: '600 S', keep: 1 });
    const rows = rowsOf(await answered(client, 17, 1));
    const updates = (): string[][] => client.ofType(90);
    await client.until(() => new Set(updates().map((fields) => fields[3])).size > 2);
    const last = new Map(updates().map((fields) => [fields[3], fields]));
    const dates = [...last.keys()].map(Number);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
    expect(dates[0]).toBeLessThanOrEqual(Number(rows.at(-1)?.[0]) + 60);
    // The next to last minute is over: its last update is what history says of it.
    const over = dates.at(-2) ?? 0;
    bars(client, 2, { end: utcTime((over + 60) * 1_000_000), duration: '60 S' });
    const [row] = rowsOf(await answered(client, 17, 2));
    const [, , count, date, open, close, high, low, average, volume] = last.get(String(over)) ?? [];
    expect([date, open, high, low, close, volume, average, count]).toEqual(row);
    client.send(25, 1, 1);
    await client.code(162, 1);
  });

  it('five-second bars, one after the other', async () => {
    const client = await gateway.client();
    client.send(50, 3, 1, ...AAPL, 5, 'TRADES', 0, '');
    const told = await client.some(50, 4);
    const times = told.map((fields) => Number(fields[3]));
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual(times.map((_, i) => i * 5));
    expect((times[0] ?? 1) % 5).toBe(0);
    client.send(51, 1, 1);
    client.send(51, 1, 1);
    await client.code(300, 1);
  });

  it('the beginning of its data', async () => {
    const client = await gateway.client();
    client.send(87, 1, ...AAPL, 0, 0, 'TRADES', 2);
    expect(Number((await answered(client, 88, 1))[2])).toBeLessThan(clock.nowMs() / 1_000 - 80_000);
  });

  it('why there are no bars: bad size, bad duration, an end with bars that go on, no data, an id that waits', async () => {
    const client = await gateway.client();
    bars(client, 1, { size: '7 mins' });
    bars(client, 2, { duration: '1 fortnight' });
    bars(client, 3, { keep: 1, end: utcTime(clock.nowMicros()) });
    bars(client, 4, { what: 'FEE_RATE' });
    bars(client, 5, { end: '20200101-00:00:00' });
    bars(client, 6, { end: '20200230 09:30:00 US/Eastern' });
    bars(client, 7, {});
    bars(client, 7, {});
    bars(client, 8, { what: 'BID_ASK', keep: 1 });
    client.send(50, 3, 9, ...AAPL, 5, 'BID_ASK', 0, '');
    client.send(25, 1, 99);
    for (const [code, id] of [[321, 1], [321, 2], [321, 3], [321, 4], [162, 5], [10314, 6], [322, 7], [321, 8], [321, 9], [366, 99]])
      await client.code(code ?? 0, id); // prettier-ignore
  });
});

interface BarsAsked {
  readonly end?: string;
  readonly size?: string;
  readonly duration?: string;
  readonly what?: string;
  readonly format?: number;
  readonly keep?: number;
}
