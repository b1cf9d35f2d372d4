import { ONE } from '@concord/model';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import {
  badNumber,
  isIntegerText,
  isWholeNumber,
  readFields,
  readLevel,
  readListing,
  readMilliseconds,
  readOhlc,
  refused,
  saidOf,
} from './fields.ts';

describe('fields of a frame', () => {
  it('are those of one JSON object, or the code that says why there are none', () => {
    expect(readFields('{"a":1}')).toEqual({ a: 1 });
    expect(['', '{"a":1', 'pong'].map(readFields)).toEqual(['not-json', 'not-json', 'not-json']);
    expect(['7', 'null', '[]', '"a"'].map(readFields)).toEqual(Array(4).fill('unknown-frame'));
  });

  it('are told in words, whatever they hold', () => {
    const nested = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
    expect([{ toString: 1 }, [{ toString: 1 }], nested].map(saidOf)).toEqual([
      'an object',
      'a list',
      'a list',
    ]);
    expect(['x', 7, true, null, undefined].map(saidOf)).toEqual(['x', '7', 'true', 'null', 'undefined']);
  });

  it.each([
    [isWholeNumber, [0, 7, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53, NaN, '7', null, undefined]],
    [isIntegerText, ['0', '17408390984690501469'.slice(1)], ['', '-1', '1.5', '17408390984690501469', 7]],
  ] as const)('count exactly: %o', (counts, good, bad) => {
    for (const value of good) expect(counts(value), String(value)).toBe(true);
    for (const value of bad) expect(counts(value), String(value)).toBe(false);
  });

  it('hold milliseconds as text', () => {
    expect(readMilliseconds('1767225600001')).toBe(1_767_225_600_001_000);
    for (const value of ['', '1.5', '-1', 'now', '1234567890123456', 1_767_225_600_001, undefined])
      expect(readMilliseconds(value)).toBeUndefined();
  });

  it('name a listing, or are refused with the symbol where there is one', () => {
    const context = testContext('test', ['A']);
    expect(readListing(context, 'A', 's')).toBe(context.listings.get('A'));
    expect(readListing(context, 'B', 's')).toMatchObject({ code: 'unknown-symbol', symbol: 'B' });
    expect(readListing(context, 7, 's')).toEqual({
      code: 'bad-field',
      message: 's: expected text',
      symbol: null,
    });
  });

  it('hold a level, or four prices, only where each is an exact decimal', () => {
    expect(readLevel('1', '2')).toEqual({ price: ONE, size: 2n * ONE });
    expect([readLevel('1', 2), readLevel('', '2')]).toEqual([undefined, undefined]);
    expect(readOhlc('1', '4', '0', '2')).toEqual({ open: ONE, high: 4n * ONE, low: 0n, close: 2n * ONE });
    for (const place of [0, 1, 2, 3]) {
      const texts: unknown[] = ['1', '4', '0', '2'];
      texts[place] = 1;
      expect(readOhlc(texts[0], texts[1], texts[2], texts[3])).toBeUndefined();
    }
  });

  it('are refused by a frame that says nothing else', () => {
    const why = badNumber('p, v', 'A');
    expect(why).toMatchObject({ code: 'bad-number', symbol: 'A' });
    expect(refused(why)).toMatchObject({ trades: [], heartbeat: false, refusals: [why] });
  });
});
