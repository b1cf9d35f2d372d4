/** Exact fractions and what is computed with them, kept as plain as possible: the reference is to be read, not to be fast. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

export const fraction = (n: bigint | number, d: bigint | number = 1n): Fraction => ({
  n: BigInt(n),
  d: BigInt(d),
});

/** A decimal text such as "0.5" as a fraction. */
export function decimalFraction(text: string): Fraction {
  const [whole = '0', places = ''] = text.split('.');
  return fraction(BigInt(whole + places), 10n ** BigInt(places.length));
}

export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.n, a.d * b.d);
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d, a.d * b.n);
export const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const minus = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.d - b.n * a.d, a.d * b.d);

/** Negative, 0 or positive as a is below, at or above b. Denominators are positive. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const above = (a: Fraction, b: Fraction): boolean => compare(a, b) > 0;
export const most = (a: Fraction, b: Fraction): Fraction => (above(a, b) ? a : b);

/** To a whole number, half to even. */
export function roundHalfEven({ n, d }: Fraction): bigint {
  const floor = n >= 0n ? n / d : -((-n + d - 1n) / d);
  const twice = 2n * (n - floor * d);
  if (twice < d) return floor;
  if (twice > d) return floor + 1n;
  return floor % 2n === 0n ? floor : floor + 1n;
}

/** The whole part of the square root, by bisection. */
export function squareRoot({ n, d }: Fraction): bigint {
  const value = n / d;
  let low = 0n;
  let high = value + 1n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= value) low = middle;
    else high = middle;
  }
  return low;
}

export const ascending = (values: readonly bigint[]): bigint[] =>
  [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

export function median(values: readonly bigint[]): bigint {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(half)] as bigint;
  return roundHalfEven(fraction((sorted[half - 1] as bigint) + (sorted[half] as bigint), 2n));
}

export const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);
