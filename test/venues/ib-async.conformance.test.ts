import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@concord/runtime';
import { startVenues } from '@concord/venues';
import { beforeAll, describe, expect, it } from 'vitest';
import { pythonPackages, runPython, whyNoPython } from '../codec/python-packages.ts';

/** What the Python program prints. */
interface Found {
  readonly serverVersion: number;
  readonly accounts: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly unknown: readonly unknown[];
  readonly ticker: Readonly<Record<'bid' | 'ask' | 'last' | 'volume', number | null>>;
  readonly trades: readonly Trade[];
  readonly quotes: readonly (readonly number[])[];
  readonly bars: readonly number[];
  readonly kept: readonly (readonly [string, number, number, number, number, number])[];
  readonly updates: number;
  readonly hours: number;
  readonly past: readonly Trade[];
  readonly head: string;
  readonly clock: number;
  readonly errors: readonly number[];
}
/** Live ones bear the time at which the library got them, not the venue's. */
type Trade = readonly [second: number, price: number, size: number, exchange: string];

interface Truth {
  readonly kind: string;
  readonly symbol: string;
  readonly price: string;
  readonly size: string;
  readonly venueAt: number;
  readonly bid: string;
  readonly ask: string;
  readonly bidSize: string;
  readonly askSize: string;
  readonly sampled?: boolean;
  readonly sentTo: number;
}

const COUNT = 12;
const whyNot = await whyNoPython();

describe.skipIf(whyNot !== undefined)(`ib_async with nothing but the port changed ${whyNot ?? ''}`, () => {
  let found: Found;
  let truth: Truth[];
  let breaches: unknown;

  beforeAll(async () => {
    const packages = await pythonPackages('ib-requirements.txt');
    const folder = await mkdtemp(join(tmpdir(), 'concord-ib-async-'));
    const truthFile = join(folder, 'truth.jsonl');
    const venues = await startVenues({
      clock: new SystemClock({ speed: 10 }),
      seed: 20_261_123,
      rate: 200,
      venues: ['ib'],
      truthFile,
      instruments: [
        { id: 'AAPL.US', symbols: { ib: 'AAPL' }, priceTick: '0.01', sizeStep: '1', startPrice: 190 },
        {
          id: 'BTC-USD',
          symbols: { ib: 'BTC' },
          priceTick: '0.25',
          sizeStep: '0.00000001',
          startPrice: 65_000,
        },
      ],
    });
    try {
      const port = String(venues.addresses['ib']?.port);
      const lines = await runPython('ib_async_client.py', [packages, port, String(COUNT)]);
      found = JSON.parse(lines.at(-1) ?? '') as Found;
      breaches = venues.stats().venues['ib']?.breaches;
    } finally {
      await venues[Symbol.asyncDispose]();
    }
    const text = await readFile(truthFile, 'utf8');
    truth = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Truth);
    await rm(folder, { recursive: true });
  });

  const sent = (kind: string, symbol: string): Truth[] =>
    truth.filter(
      (one) => one.kind === kind && one.symbol === symbol && one.sampled !== true && one.sentTo > 0,
    );

  it('connects and knows its account', () => {
    expect(found.serverVersion).toBe(176);
    expect(found.accounts).toEqual(['DU1234567']);
    expect(Math.abs(found.clock - Date.now() / 1_000)).toBeLessThan(3_600);
  });

  it('keeps the limits', () => {
    expect(breaches).toEqual({});
  });

  it('gets contract details, a market rule, and nothing but error 200 for an unknown contract', () => {
    expect(found.details).toEqual({
      conId: 265598,
      primaryExchange: 'NASDAQ',
      minTick: 0.01,
      timeZone: 'US/Eastern',
      sizeIncrement: 1,
      rule: [[0, 0.01]],
      cryptoId: 479624278,
    });
    expect(found.unknown).toEqual([]);
    const farms = [2104, 2106, 2158];
    expect(found.errors.filter((code) => !farms.includes(code))).toEqual([200]);
  });

  it('gets market data', () => {
    const { bid, ask, last, volume } = found.ticker;
    expect(bid).toBeGreaterThan(100);
    expect(ask).toBeGreaterThan(bid ?? Number.NaN);
    expect(last).toBeGreaterThan(100);
    expect(volume).toBeGreaterThan(0);
  });

  it('gets every trade and every quote tick by tick', () => {
    const trades = sent('trades', 'AAPL').map((one) => [Number(one.price), Number(one.size)]);
    expect(found.trades.length).toBeGreaterThanOrEqual(COUNT);
    expect(trades.slice(0, found.trades.length)).toEqual(found.trades.map((one) => one.slice(1, 3)));
    const quotes = sent('quotes', 'BTC').map((one) =>
      [one.bid, one.ask, one.bidSize, one.askSize].map(Number),
    );
    expect(found.quotes.length).toBeGreaterThanOrEqual(COUNT);
    expect(quotes.slice(0, found.quotes.length)).toEqual(found.quotes);
  });

  it('gets real-time bars, and historical bars that go on', () => {
    expect(found.bars.length).toBeGreaterThanOrEqual(3);
    expect(found.kept.length).toBeGreaterThan(20);
    expect(found.updates).toBeGreaterThanOrEqual(3);
    for (const [date, open, high, low, close, volume] of found.kept) {
      expect(date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:00-0[45]:00$/);
      expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
      expect(low).toBeLessThanOrEqual(Math.min(open, close));
      expect(volume).toBeGreaterThan(0);
    }
    expect(found.hours).toBeGreaterThan(20);
    expect(found.head).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:00/);
  });

  it('gets historical ticks that are those it has seen live', () => {
    expect(found.past.length).toBeGreaterThanOrEqual(50);
    const texts = (trades: readonly Trade[]): string[] => trades.map((one) => one.slice(1).join(' '));
    const live = texts(found.trades).slice(-10).join(', ');
    expect(texts(found.past).join(', ')).toContain(live);
    const seconds = found.past.map(([second]) => second);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });
});
