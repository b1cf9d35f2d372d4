import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { SimulatedIb } from './simulated-ib.ts';

describe('what the gateway says to the source of Interactive Brokers', () => {
  it('354 and 10089: delayed data come instead of what is not subscribed, and are marked', async () => {
    await using venue = await SimulatedIb.start(11, { unsubscribed: ['MSFT'], kinds: ['trades', 'quotes'] });
    await venue.until('delayed quotes', () => venue.quotes('MSFT.US').some(({ delayed }) => delayed));
    await venue.until('live prints of another', () => venue.trades('AAPL.US').length > 3);
    expect(venue.quotes('MSFT.US').every(({ delayed }) => delayed)).toBe(true);
    expect(venue.trades('MSFT.US').every(({ delayed, sampled }) => delayed && sampled)).toBe(true);
    expect(venue.quotes('AAPL.US').some(({ delayed }) => delayed)).toBe(false);
    expect(venue.stream('trades', 'MSFT.US').rejection).toBeNull();
  });

  it('354: without delayed data the streams are rejected, and the others go on', async () => {
    await using venue = await SimulatedIb.start(12, {
      unsubscribed: ['MSFT'],
      kinds: ['trades', 'quotes'],
      options: { delayedData: false },
    });
    await venue.until('it is rejected', () => venue.stream('quotes', 'MSFT.US').rejection !== null);
    expect(venue.stream('quotes', 'MSFT.US').rejection).toMatch(/not subscribed/);
    await venue.until('another goes on', () => venue.quotes('AAPL.US').length > 3);
    expect(venue.source.status().state).toBe('LIVE');
  });

  it('200: a symbol that names no contract is rejected, and the others go on', async () => {
    await using venue = await SimulatedIb.start(13, { symbols: ['NOPE', '?'], kinds: ['quotes', 'bars'] });
    await venue.until('it is rejected', () => venue.stream('quotes', 'NOPE').rejection !== null);
    expect(venue.stream('quotes', 'NOPE').rejection).toMatch(/No security definition/);
    expect(venue.stream('quotes', '?').rejection).toMatch(/names no contract/);
    await venue.until(
      'others go on',
      () => venue.quotes('IBM.US').length > 3 && venue.source.status().state === 'LIVE',
    );
  });

  it('10190: where tick-by-tick lines are used up, prints are sampled', async () => {
    await using venue = await SimulatedIb.start(14, {
      kinds: ['trades'],
      options: { tickByTickLines: 3 },
      limits: { 'ib.tick-by-tick': 0.4 },
    });
    await venue.until('sampled prints', () => venue.trades('IBM.US').some(({ sampled }) => sampled));
    expect(venue.trades('AAPL.US').some(({ sampled }) => sampled)).toBe(false);
    await venue.until('live', () => venue.source.status().state === 'LIVE');
  });

  it('10197: another session takes the data, and they are asked for until they come again', async () => {
    await using venue = await SimulatedIb.start(15, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('AAPL.US').length > 3);
    venue.inject({ kind: 'competing-session', durationMs: 20_000 });
    await venue.until('it is told', () => venue.stream('quotes', 'AAPL.US').rejection !== null);
    expect(venue.stream('quotes', 'AAPL.US').rejection).toMatch(/competing/);
    const before = venue.quotes('AAPL.US').length;
    await venue.until('quotes again', () => venue.quotes('AAPL.US').length > before + 3);
    expect(venue.stream('quotes', 'AAPL.US').rejection).toBeNull();
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
  });

  it('1300: it follows the gateway to another port', async () => {
    await using venue = await SimulatedIb.start(16, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('AAPL.US').length > 3);
    venue.inject({ kind: 'port-reset' });
    await venue.until('it is connected again', () => venue.markers('reconnect').length > 0);
    const before = venue.quotes('AAPL.US').length;
    await venue.until('quotes again', () => venue.quotes('AAPL.US').length > before + 3);
    expect(venue.markers('reconnect')).toMatchObject([{ reason: 'closing' }]);
  });

  it('2108: a farm that rests changes nothing', async () => {
    await using venue = await SimulatedIb.start(17, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('AAPL.US').length > 3);
    venue.inject({ kind: 'farm-idle' });
    const before = venue.quotes('AAPL.US').length;
    await venue.until('more quotes', () => venue.quotes('AAPL.US').length > before + 3);
    expect(venue.states()).toEqual(['connecting', 'live']);
    expect(venue.markers('resync')).toEqual([]);
    expect(venue.source.status().streams.some(({ state }) => state.stale)).toBe(false);
  });

  it('326: it takes another client id where its own is in use', async () => {
    await using venue = await SimulatedIb.start(18, { kinds: ['quotes'] });
    await venue.until('live', () => venue.source.status().state === 'LIVE');
    await using second = venue.another();
    await second.connect();
    const told: unknown[] = [];
    for await (const batch of second.subscribeRealtime(['AAPL.US'], ['quotes'])) {
      told.push(...batch.filter(({ type }) => type === 'records'));
      if (told.length > 3) break;
    }
    expect(second.status().reconnects).toBe(1);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
  });

  it('-1: a side that nobody bids or offers on is none, and comes back', async () => {
    await using venue = await SimulatedIb.start(19, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('IBM.US').length > 3);
    venue.inject({ kind: 'no-quote', symbol: 'IBM.NYSE', durationMs: 5_000 });
    const isNone = (): boolean =>
      venue.quotes('IBM.US').at(-1)?.bid === null && venue.quotes('IBM.US').at(-1)?.ask === null;
    await venue.until('there is none', isNone);
    await venue.until('there is one again', () => !isNone());
    expect(venue.markers('refused')).toEqual([]);
  });
});

describe('what breaks at the gateway', () => {
  it.each([
    ['garbage', 'unknown-frame'],
    ['half-frame', 'unknown-symbol'],
    ['unknown-symbol', 'unknown-symbol'],
    ['huge-frame', 'unknown-symbol'],
  ] as const)('%s does not stop what comes after it, and is refused each time as %s', async (kind, code) => {
    await using venue = await SimulatedIb.start(21, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('AAPL.US').length > 3);
    venue.inject({ kind, count: 2 });
    await venue.until('both are refused', () => venue.markers('refused').length >= 2);
    const before = venue.quotes('AAPL.US').length;
    await venue.until('more quotes', () => venue.quotes('AAPL.US').length > before + 5);
    expect(venue.markers('refused').map((marker) => marker.code)).toEqual([code, code]);
  });

  it('a connection that falls silent is found by the answers that are missing', async () => {
    await using venue = await SimulatedIb.start(22, { kinds: ['quotes'] });
    await venue.until('quotes', () => venue.quotes('AAPL.US').length > 3);
    venue.inject({ kind: 'silence', durationMs: 45_000 });
    await venue.until('it is connected again', () => venue.markers('reconnect').length > 0);
    expect(venue.markers('reconnect')).toMatchObject([{ reason: 'silent' }]);
    const before = venue.quotes('AAPL.US').length;
    await venue.until('quotes again', () => venue.quotes('AAPL.US').length > before);
  });

  it('one mute instrument is asked for anew, and the others are left alone', async () => {
    await using venue = await SimulatedIb.start(23, { kinds: ['quotes'] });
    // A rhythm is known after a minute.
    const start = venue.clock.nowMs();
    await venue.until('a rhythm', () => venue.clock.nowMs() - start > 75_000);
    venue.inject({ kind: 'mute', symbol: 'AAPL', durationMs: 60_000 });
    await venue.until('it is asked for anew', () => venue.markers('resync').length > 0);
    expect(new Set(venue.markers('resync').map(({ instrument }) => instrument))).toEqual(
      new Set(['AAPL.US']),
    );
    const before = venue.quotes('AAPL.US').length;
    await venue.until('quotes again', () => venue.quotes('AAPL.US').length > before + 3);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
  });
});

describe('the history of Interactive Brokers on its simulated gateway', () => {
  it('gives the prints of a stretch, once each, over as many pages as it takes', async () => {
    await using venue = await SimulatedIb.start(31, {
      kinds: ['trades'],
      rate: 20_000,
      options: { tickByTickLines: 1 },
    });
    await venue.until('many prints', () => venue.trades('AAPL.US').length > 3_500);
    const times = venue.trades('AAPL.US').map(({ eventTime }) => eventTime ?? 0);
    const [from, to] = [(times[0] ?? 0) + 1_000_000, (times.at(-1) ?? 0) - 1_000_000];
    const past: RawTrade[] = [];
    let pages = 0;
    for await (const page of venue.source.getHistoricalData('AAPL.US', 'trades', null, from, to)) {
      past.push(...(page as RawTrade[]));
      pages++;
    }
    expect(pages).toBeGreaterThan(2);
    const text = ({ eventTime, price, size, market, conditions }: RawTrade): string =>
      `${eventTime} ${price} ${size} ${market} ${conditions.join()}`;
    const live = venue
      .trades('AAPL.US')
      .filter(({ eventTime }) => (eventTime ?? 0) >= from && (eventTime ?? 0) < to);
    expect(past.map(text).sort()).toEqual(live.map(text).sort());
    expect(past.every(({ origin }) => origin === 'BACKFILL')).toBe(true);
    expect(venue.stats().breaches).toEqual({});
  });

  it.each(['1m', '1h'] as const)('gives bars of %s, oldest first and each once', async (interval) => {
    await using venue = await SimulatedIb.start(32, { kinds: ['quotes'] });
    const now = venue.clock.nowMicros();
    const [from, to] = [now - 30 * INTERVALS['1h'], now - INTERVALS['1h']];
    const bars: RawBar[] = [];
    for await (const page of venue.source.getHistoricalData('AAPL.US', 'bars', interval, from, to))
      bars.push(...(page as RawBar[]));
    const starts = bars.map(({ start }) => start);
    expect(bars.length).toBeGreaterThan(10);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.every((start) => start >= from && start < to && start % INTERVALS[interval] === 0)).toBe(
      true,
    );
    expect(bars.every(({ final, origin }) => final && origin === 'BACKFILL')).toBe(true);
    expect(venue.stats().breaches).toEqual({});
  });

  it('does not offer what the venue does not have', async () => {
    await using venue = await SimulatedIb.start(33, { kinds: ['quotes'], symbols: ['NOPE'] });
    const ask = async (
      instrument: string,
      kind: 'quotes' | 'bars',
      interval: '4h' | '1m' | null,
    ): Promise<void> => {
      for await (const _ of venue.source.getHistoricalData(instrument, kind, interval, 0, 1)) void _;
    };
    await expect(async () => ask('AAPL.US', 'quotes', null)).rejects.toMatchObject({ code: 'not-offered' });
    await expect(async () => ask('AAPL.US', 'bars', '4h')).rejects.toMatchObject({ code: 'not-offered' });
    await expect(async () => ask('NOPE', 'bars', '1m')).rejects.toMatchObject({ code: 'not-offered' });
  });
});
