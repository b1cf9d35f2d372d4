import { describe, expect, it } from 'vitest';
import { readBarStart, readQuantity, readSeconds, writeTime } from './quantities.ts';
import { AT } from './testing/tws.ts';

describe('what stands in the fields of messages', () => {
  it.each([
    ['271.0123', 271_012_300_000_000n],
    ['1E-8', 10_000n],
    ['5.0E-5', 50_000_000n],
    ['1,200', 1_200_000_000_000_000n],
    ['0', 0n],
    ['-1', null],
    ['-1.0', null],
    ['', null],
    ['1.7976931348623157E308', null],
    ['-0.5', -500_000_000_000n],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['0.0000000000001', undefined],
    [undefined, undefined],
  ])('%s is read as %s', (text, expected) => {
    expect(readQuantity(text)).toBe(expected);
  });

  it('are seconds, or the date of a bar of a day', () => {
    expect(readSeconds('1767625200')).toBe(AT);
    expect(readSeconds('20260105')).toBeUndefined();
    expect(readBarStart('1767625200', '1m')).toBe(AT);
    expect(readBarStart('20260105', '1d')).toBe(AT - 15 * 3_600_000_000);
    expect(readBarStart('20260105', '1m')).toBeUndefined();
    expect(readBarStart('20261305', '1d')).toBeUndefined();
    expect(readBarStart('20260105 15:00:00 US/Eastern', '1m')).toBeUndefined();
  });

  it('are times in UTC', () => {
    expect(writeTime(AT + 999_999)).toBe('20260105-15:00:00');
  });
});
