import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicros, INTERVAL_NAMES, INTERVALS, isInterval, parseRfc3339, windowStart } from './time.ts';

describe('RFC 3339 times', () => {
  it.each<[text: string, at: number]>([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['2023-11-14T22:13:20Z', 1_700_000_000_000_000],
    ['2023-11-14T22:13:20.1Z', 1_700_000_000_100_000],
    ['2023-11-14T22:13:20.123456Z', 1_700_000_000_123_456],
    ['2023-11-14T22:13:20.123456789Z', 1_700_000_000_123_456],
    ['2024-02-29T23:59:59.999999Z', 1_709_251_199_999_999],
    ['1969-12-31T23:59:59.999999Z', -1],
  ])('are read to the microsecond: %s', (text, at) => {
    expect(parseRfc3339(text)).toBe(at);
  });

  it.each([
    '',
    '2023-02-30T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-11-14',
    '2023-11-14T22:13:20',
    '2023-11-14 22:13:20Z',
    '2023-11-14T22:13:20+00:00',
    '2023-11-14T22:13:20.Z',
    '2023-11-14T22:13:20.1234567890Z',
    '2023-13-14T22:13:20Z',
    '2023-11-14T25:13:20Z',
    '2023-11-14T22:61:20Z',
    '2023-11-14T24:00:00Z',
    '2023-11-14T22:13:60Z',
    '2023-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2023-00-10T00:00:00Z',
    '2023-11-00T00:00:00Z',
    '2023-11-14T22:13:20.12a456Z',
    '2023-11-14T22:13:20.12345678aZ',
  ])('that are something else are refused: %s', (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });

  it('come back as they were written, before and after 1970', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
        fc.nat(999),
        (ms, rest) => {
          const at = ms * 1_000 + rest;
          fc.pre(Number.isSafeInteger(at));
          expect(parseRfc3339(formatMicros(at))).toBe(at);
        },
      ),
    );
    expect(formatMicros(1_700_000_000_123_456)).toBe('2023-11-14T22:13:20.123456Z');
    expect(formatMicros(-1)).toBe('1969-12-31T23:59:59.999999Z');
  });
});

describe('bar windows', () => {
  it('begin at UTC multiples of their length and hold their time', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...INTERVAL_NAMES), (at, interval) => {
        fc.pre(at > Number.MIN_SAFE_INTEGER + INTERVALS['1d']);
        const start = windowStart(at, interval);
        expect(start <= at && at < start + INTERVALS[interval]).toBe(true);
        expect(Math.abs(start % INTERVALS[interval])).toBe(0);
      }),
    );
    expect(formatMicros(windowStart(1_700_000_000_123_456, '4h'))).toBe('2023-11-14T20:00:00.000000Z');
    expect(formatMicros(windowStart(1_700_000_000_123_456, '1d'))).toBe('2023-11-14T00:00:00.000000Z');
  });

  it('have the names that are intervals and no others', () => {
    expect(INTERVAL_NAMES).toEqual(['1s', '1m', '5m', '15m', '1h', '4h', '1d']);
    for (const name of INTERVAL_NAMES) expect(isInterval(name)).toBe(true);
    for (const name of ['', '2m', '1M', 'toString']) expect(isInterval(name)).toBe(false);
  });

  it('can each be merged from the one before', () => {
    const lengths = INTERVAL_NAMES.map((name) => INTERVALS[name]);
    for (const [index, length] of lengths.slice(1).entries()) expect(length % (lengths[index] ?? 0)).toBe(0);
  });
});
