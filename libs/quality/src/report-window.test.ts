import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawTrade } from '@concord/codec';
import { DelayHistogram } from './delay-histogram.ts';
import { Court, definition, NOON, quote, trade } from './testing/court.ts';

const MINUTE = 60_000_000;

function report<K extends 'trades' | 'quotes'>(court: Court<K>, kind: K, from = NOON, to = NOON + MINUTE) {
  court.instrument.pass(kind, from, court.rules);
  return court.instrument.pass(kind, to, court.rules);
}

describe('a quality report', () => {
  it('counts each record once as verified, unverifiable, suspect or duplicate', () => {
    const court = new Court('trades');
    court.instrument.pass('trades', NOON, court.rules);
    const at = (firstId: number, changes: Partial<RawTrade> = {}): string =>
      court.say(trade({ firstId: `${firstId}`, ...changes }), NOON + 1_000);
    at(1);
    at(2);
    at(2);
    at(6);
    at(7, { price: 0n });
    at(4, { origin: 'BACKFILL' });
    at(3);
    at(8, { idKind: 'NONE', firstId: null, lastId: null });
    at(20, { idKind: 'AGGREGATE', lastId: '30' });
    at(25, { idKind: 'AGGREGATE', lastId: '35' });
    const [alpha, beta] = court.instrument.pass('trades', NOON + MINUTE, court.rules);
    expect(alpha).toMatchObject({
      instrument: 'BTC-USDT',
      source: 'alpha',
      kind: 'TRADES',
      start: NOON,
      end: NOON + MINUTE,
      received: 10,
      accepted: 7,
      noted: 2,
      suspected: 1,
      rejected: 1,
      duplicates: 1,
      late: 1,
      gaps: 1,
      missingIds: 3,
      filled: 2,
      verified: 4,
      unverifiable: 1,
      suspect: 4,
      codes: [
        { code: 'duplicate', count: 1 },
        { code: 'gap', count: 1 },
        { code: 'id-overlap', count: 1 },
        { code: 'late', count: 1 },
        { code: 'price-not-positive', count: 1 },
      ],
      stalenessMicros: MINUTE,
      skewMicros: 20_000,
    });
    expect(beta).toMatchObject({
      source: 'beta',
      received: 0,
      codes: [],
      stalenessMicros: null,
      delayP50Micros: null,
    });
  });

  it('misses no ids before a snapshot or backfill that lies ahead of what is held', () => {
    const court = new Court('trades');
    court.instrument.pass('trades', NOON, court.rules);
    court.next(trade({ firstId: '1' }));
    court.next(trade({ firstId: '50', origin: 'SNAPSHOT' }));
    const [alpha] = court.instrument.pass('trades', NOON + MINUTE, court.rules);
    expect(alpha).toMatchObject({ gaps: 0, missingIds: 0, verified: 2 });
  });

  it('begins anew in the next window and keeps the age of the last record', () => {
    const court = new Court('quotes');
    court.instrument.pass('quotes', NOON, court.rules);
    court.next(quote());
    court.instrument.pass('quotes', NOON + MINUTE, court.rules);
    const [alpha] = court.instrument.pass('quotes', NOON + 2 * MINUTE, court.rules);
    expect(alpha).toMatchObject({
      received: 0,
      start: NOON + MINUTE,
      end: NOON + 2 * MINUTE,
      stalenessMicros: 2 * MINUTE,
    });
  });

  it('is made when log time reaches the end of its window, not before', () => {
    const court = new Court('quotes');
    expect(court.instrument.pass('quotes', NOON + 1, court.rules)).toEqual([]);
    expect(court.instrument.pass('quotes', NOON + MINUTE - 1, court.rules)).toEqual([]);
    expect(court.instrument.pass('quotes', NOON + MINUTE, court.rules)).toHaveLength(2);
  });

  it('is not made for windows in which nothing was written, however many', () => {
    const court = new Court('quotes');
    const reports = report(court, 'quotes', NOON, NOON + 600 * MINUTE);
    expect(reports.map(({ start }) => start)).toEqual([NOON, NOON]);
    expect(court.instrument.windowEnd).toBe(NOON + 601 * MINUTE);
  });

  it('is made once more for a source that left the instrument within its window', () => {
    const court = new Court('quotes');
    court.instrument.pass('quotes', NOON, court.rules);
    court.next(quote({ source: 'beta' }));
    const { beta: _, ...venues } = definition().venues;
    const without = new Court('quotes', { venues }).rules;
    const sources = (at: number): string[] =>
      court.instrument
        .pass('quotes', NOON + at * MINUTE, without)
        .map(({ source, received }) => `${source} ${received}`);
    expect(sources(1)).toEqual(['alpha 0', 'beta 1']);
    expect(sources(2)).toEqual(['alpha 0']);
  });

  it('never overlaps another when the length of windows changes', () => {
    const long = new Court('quotes', {}, { reportMs: 3_600_000 });
    const short = new Court('quotes', {}, { reportMs: 60_000 });
    long.instrument.pass('quotes', NOON + 30 * MINUTE, short.rules);
    expect(long.instrument.windowEnd).toBe(NOON + 31 * MINUTE);
    long.instrument.pass('quotes', NOON + 31 * MINUTE, long.rules);
    expect(long.instrument.toSnapshot()).toMatchObject({
      windowStart: NOON + 31 * MINUTE,
      windowEnd: NOON + 60 * MINUTE,
    });
  });

  it('counts frames that an ingestor refused and holes that only it could see', () => {
    const court = new Court('quotes');
    court.instrument.pass('quotes', NOON, court.rules);
    court.instrument.source('alpha').refused('not-json');
    court.instrument.source('alpha').hole('gap', 5);
    court.instrument.source('alpha').hole('dropped', null);
    const [alpha] = court.instrument.pass('quotes', NOON + MINUTE, court.rules);
    expect(alpha).toMatchObject({ received: 1, rejected: 1, suspect: 1, gaps: 2, missingIds: 5 });
    expect(alpha?.codes.map(({ code }) => code)).toEqual(['dropped', 'gap', 'not-json']);
  });

  it('counts codes beyond a limit as one', () => {
    const court = new Court('quotes');
    court.instrument.pass('quotes', NOON, court.rules);
    for (let n = 0; n < 1_000; n++) court.instrument.source('alpha').refused(`code-${n}`);
    const [alpha] = court.instrument.pass('quotes', NOON + MINUTE, court.rules);
    expect(alpha?.codes).toHaveLength(129);
    expect(alpha?.codes.at(-1)).toEqual({ code: 'other', count: 872 });
  });

  it('measures delays of LIVE records that have an event time', () => {
    const court = new Court('trades');
    court.instrument.pass('trades', NOON, court.rules);
    const delays = [-90_000, 1_000, 2_000, 4_000, 80_000];
    delays.forEach((delay, n) => court.next(trade({ firstId: `${n}`, eventTime: NOON - delay })));
    court.next(trade({ firstId: '9', eventTime: NOON - 3_600_000_000, origin: 'SNAPSHOT' }));
    const [alpha] = court.instrument.pass('trades', NOON + MINUTE, court.rules);
    expect(alpha?.skewMicros).toBe(-90_000);
    expect(Math.abs((alpha?.delayP50Micros ?? 0) - 2_000)).toBeLessThanOrEqual(32);
    expect(Math.abs((alpha?.delayP99Micros ?? 0) - 80_000)).toBeLessThanOrEqual(1_280);
  });
});

describe('a histogram of delays', () => {
  it('finds any rank of any values within 1.6 %', () => {
    const values = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 45 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(values, fc.nat(), (delays, pick) => {
        const histogram = new DelayHistogram();
        for (const delay of delays) histogram.add(delay);
        const rank = pick % delays.length;
        const exact = delays.toSorted((a, b) => a - b)[rank] as number;
        const found = histogram.at(() => rank) as number;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) / 63 + 1);
        expect(new DelayHistogram(histogram.toSnapshot()).at(() => rank)).toBe(found);
      }),
    );
  });

  it('is exact below 64 µs and has nothing to say of no values', () => {
    const histogram = new DelayHistogram();
    expect(histogram.at(() => 0)).toBeNull();
    for (let n = -63; n < 64; n++) histogram.add(n);
    for (let n = -63; n < 64; n++) expect(histogram.at(() => n + 63)).toBe(n === 0 ? 0 : n);
  });

  it('takes the largest delays that a record can have', () => {
    const histogram = new DelayHistogram();
    histogram.add(Number.MAX_SAFE_INTEGER);
    expect(histogram.at(() => 0)).toBeGreaterThan(Number.MAX_SAFE_INTEGER * 0.98);
  });
});
