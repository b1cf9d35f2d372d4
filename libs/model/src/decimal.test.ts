import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absolute,
  divideFixed,
  divideHalfEven,
  formatFixed,
  integerSqrt,
  MAX_UNSCALED,
  maximum,
  minimum,
  multiplyFixed,
  ONE,
  parseFixed,
  pow10,
  PRODUCT_SCALE,
  roundFixed,
  sqrtFixed,
  toNumber,
} from './decimal.ts';

const fixed = fc.bigInt({ min: -MAX_UNSCALED, max: MAX_UNSCALED });

/** A second opinion on half-even rounding: by comparing twice the remainder, on positive numbers alone. */
function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  const sign = numerator < 0n !== denominator < 0n ? -1n : 1n;
  const [n, d] = [absolute(numerator), absolute(denominator)];
  const down = n / d;
  const twice = (n - down * d) * 2n;
  const up = twice > d || (twice === d && down % 2n === 1n);
  return sign * (up ? down + 1n : down);
}

describe('reading a decimal', () => {
  it.each<[text: string, value: bigint]>([
    ['0', 0n],
    ['-0', 0n],
    ['0.000', 0n],
    ['1', ONE],
    ['+1', ONE],
    ['-1', -ONE],
    ['7.39', 7_390_000_000_000n],
    ['65083.56', 65_083_560_000_000_000n],
    ['.5', 500_000_000_000n],
    ['5.', 5n * ONE],
    ['-.5', -500_000_000_000n],
    ['0.000000000001', 1n],
    ['0.0000000000010', 1n],
    ['1E+2', 100n * ONE],
    ['1e-7', 100_000n],
    ['1.5e3', 1_500n * ONE],
    ['12e-12', 12n],
    ['1200e-14', 12n],
    ['0e999', 0n],
    ['0.0000000000000000000', 0n],
    ['999999.999999999999', 999_999_999_999_999_999n],
    ['1000000', 1_000_000n * ONE],
    ['1000000.000000000001', 1_000_000n * ONE + 1n],
    ['123456789012345', 123_456_789_012_345n * ONE],
    ['999999999999999.999999999999', 999_999_999_999_999_999_999_999_999n],
    ['9007199254740993.5', 9_007_199_254_740_993_500_000_000_000n],
    ['99999999999999999999999999.999999999999', MAX_UNSCALED],
    ['0000000000000000000000000000000000000001.5', 1_500_000_000_000n],
  ])('takes %s exactly', (text, value) => {
    expect(parseFixed(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '1 ',
    ' 1',
    '.',
    '-',
    '+',
    '-.',
    'e5',
    '.e5',
    '1e',
    '1.2.3',
    '1,5',
    '0x10',
    '١',
    'NaN',
    'Infinity',
    '--1',
    '1_000',
    '0.0000000000001',
    '1e-13',
    '100000000000000000000000000',
    '1e26',
    '1e999',
    '1e-999',
    '1e1000',
    '1'.repeat(200),
    'null',
  ])('refuses "%s" rather than rounding or guessing', (text) => {
    expect(parseFixed(text)).toBeUndefined();
  });

  it('gives back what was written, in both notations', () => {
    fc.assert(
      fc.property(fixed, (value) => {
        expect(parseFixed(formatFixed(value))).toBe(value);
        expect(parseFixed(`${value}e-12`)).toBe(value);
      }),
    );
  });

  it('agrees with exact arithmetic on text of every length', () => {
    const text = fc.stringMatching(/^-?\d{1,18}(\.\d{1,12})?$/);
    fc.assert(
      fc.property(text, (number) => {
        const [whole = '', fraction = ''] = number.replace('-', '').split('.');
        const magnitude = BigInt(whole) * ONE + BigInt(fraction.padEnd(12, '0'));
        expect(parseFixed(number)).toBe(number.startsWith('-') ? -magnitude : magnitude);
      }),
    );
  });
});

describe('writing a decimal', () => {
  it.each<[value: bigint, scale: number | undefined, text: string]>([
    [0n, undefined, '0'],
    [1n, undefined, '0.000000000001'],
    [-1n, undefined, '-0.000000000001'],
    [-500_000_000_000n, undefined, '-0.5'],
    [65_083_560_000_000_000n, undefined, '65083.56'],
    [7n * ONE, undefined, '7'],
    [100n * ONE, undefined, '100'],
    [15n, PRODUCT_SCALE, '0.000000000000000000000015'],
    [150n, 0, '150'],
    [MAX_UNSCALED, undefined, '99999999999999999999999999.999999999999'],
  ])('gives %s at scale %s as %s', (value, scale, text) => {
    expect(formatFixed(value, scale)).toBe(text);
  });

  it('as a double is the nearest to it for values that quotes have', () => {
    expect(toNumber(65_083_560_000_000_000n)).toBe(65_083.56);
    expect(toNumber(-1n)).toBe(-1e-12);
    expect(toNumber(1_500_000_000_000_000_000_000_000n, PRODUCT_SCALE)).toBe(1.5);
  });
});

describe('rounding', () => {
  it.each<[numerator: bigint, denominator: bigint, quotient: bigint]>([
    [1n, 2n, 0n],
    [3n, 2n, 2n],
    [5n, 2n, 2n],
    [-1n, 2n, 0n],
    [-3n, 2n, -2n],
    [-5n, 2n, -2n],
    [5n, -2n, -2n],
    [-7n, -2n, 4n],
    [7n, 3n, 2n],
    [8n, 3n, 3n],
    [-8n, 3n, -3n],
    [6n, 3n, 2n],
  ])('%s / %s is %s, halves to even', (numerator, denominator, quotient) => {
    expect(divideHalfEven(numerator, denominator)).toBe(quotient);
  });

  it('is half to even for every sign and size', () => {
    const divisor = fc.bigInt({ min: -1_000n, max: 1_000n }).filter((value) => value !== 0n);
    fc.assert(
      fc.property(fc.bigInt({ min: -100_000n, max: 100_000n }), divisor, (numerator, denominator) => {
        expect(divideHalfEven(numerator, denominator)).toBe(roundedQuotient(numerator, denominator));
      }),
    );
  });

  it('to places keeps the scale and goes to even at a half', () => {
    const at = (text: string, places: number): string =>
      formatFixed(roundFixed(parseFixed(text) ?? 0n, places));
    expect(at('1.005', 2)).toBe('1');
    expect(at('1.015', 2)).toBe('1.02');
    expect(at('1.0150000001', 2)).toBe('1.02');
    expect(at('-1.025', 2)).toBe('-1.02');
    expect(at('2.5', 0)).toBe('2');
    expect(at('0.123456789012', 12)).toBe('0.123456789012');
    expect(at('0.123456789012', 15)).toBe('0.123456789012');
  });

  it('happens once in a product and a quotient', () => {
    const text = (value: bigint): string => formatFixed(value);
    expect(text(multiplyFixed(parseFixed('0.1') ?? 0n, parseFixed('0.2') ?? 0n))).toBe('0.02');
    expect(multiplyFixed(3n, ONE / 2n)).toBe(2n);
    expect(multiplyFixed(5n, ONE / 2n)).toBe(2n);
    expect(text(divideFixed(ONE, 3n * ONE))).toBe('0.333333333333');
    expect(text(divideFixed(2n * ONE, 3n * ONE))).toBe('0.666666666667');
    expect(() => divideFixed(ONE, 0n)).toThrowError(RangeError);
  });
});

describe('roots, powers and comparisons', () => {
  it('have the largest integer root that is not too large', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 76n }), (value) => {
        const root = integerSqrt(value);
        expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true);
      }),
    );
    for (const n of [0n, 1n, 2n, 3n, 4n, 10n ** 15n - 1n]) expect(integerSqrt(n * n)).toBe(n);
    expect(() => integerSqrt(-1n)).toThrowError(RangeError);
  });

  it('take the root of a decimal at its scale', () => {
    expect(formatFixed(sqrtFixed(2n * ONE))).toBe('1.414213562373');
    expect(sqrtFixed(4n * ONE)).toBe(2n * ONE);
  });

  it('know the powers of ten up to 63 and no others', () => {
    expect(pow10(0)).toBe(1n);
    expect(pow10(63)).toBe(10n ** 63n);
    for (const exponent of [-1, 64, 0.5]) expect(() => pow10(exponent)).toThrowError(RangeError);
  });

  it('choose by value', () => {
    expect([minimum(-2n, 1n), minimum(1n, -2n), maximum(-2n, 1n), maximum(1n, -2n)]).toEqual([
      -2n,
      -2n,
      1n,
      1n,
    ]);
    expect([absolute(-3n), absolute(3n), absolute(0n)]).toEqual([3n, 3n, 0n]);
  });
});
