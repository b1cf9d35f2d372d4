/**
 * Exact decimals. A price or a size is a `bigint` counting units of 10^-12 (`Fixed`); a product of two of them (a notional)
 * counts units of 10^-24 (`Fixed24`). Twelve places hold every grid a known venue quotes on, and the methodology computes votes
 * and medians at that scale, so one representation serves the wire, the rules and the fusion.
 */
export type Fixed = bigint;
/** Product of two `Fixed`, in units of 10^-24. */
export type Fixed24 = bigint;
/** A `Fixed` times microseconds, read as value × seconds: units of 10^-18. */
export type Fixed18 = bigint;

export const SCALE = 12;
export const ONE: Fixed = 10n ** 12n;
export const PRODUCT_SCALE = 24;

/** Largest magnitude of an Avro `decimal(38, …)`: 38 digits. */
export const MAX_UNSCALED = 10n ** 38n - 1n;

const POWERS: readonly bigint[] = Array.from({ length: 64 }, (_, n) => 10n ** BigInt(n));

/** 10^n as a bigint, 0 ≤ n < 64. */
export function pow10(n: number): bigint {
  const power = POWERS[n];
  if (power === undefined) throw new RangeError(`pow10: exponent ${n} is not in 0..63`);
  return power;
}

const ZERO_CODE = 48;
const POINT = 46 - ZERO_CODE;
/** Digits of a whole or fractional part that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;

/**
 * Reads a decimal number's text exactly: optional sign, digits, optional fraction, optional exponent (`7.39`, `-1`, `1E+2`,
 * `1e-7`, `.5`). Returns `undefined` for anything else, for a value that needs more than 12 decimal places, and for one beyond
 * 38 digits: nothing is ever rounded here.
 */
export function parseFixed(text: string): Fixed | undefined {
  // Fast path: plain digits, whose whole and fractional parts both fit a double exactly.
  const length = text.length;
  let at = 0;
  let whole = 0;
  for (; at < length; at++) {
    const digit = text.charCodeAt(at) - ZERO_CODE;
    if (digit === POINT) break;
    if (digit < 0 || digit > 9) return parseFixedSlowly(text);
    whole = whole * 10 + digit;
  }
  const places = at < length ? length - at - 1 : 0;
  if (at > EXACT_DIGITS || places > SCALE || at + places === 0) return parseFixedSlowly(text);
  let fraction = 0;
  for (at++; at < length; at++) {
    const digit = text.charCodeAt(at) - ZERO_CODE;
    if (digit < 0 || digit > 9) return parseFixedSlowly(text);
    fraction = fraction * 10 + digit;
  }
  return joined(whole, fraction * (UNITS[SCALE - places] as number));
}

const UNITS: readonly number[] = Array.from({ length: SCALE + 1 }, (_, n) => 10 ** n);
const TWO_32 = 2 ** 32;
const ONE_HIGH = Math.floor(Number(ONE) / TWO_32);
const ONE_LOW = Number(ONE) % TWO_32;
/** Below it both words of `whole` × 10^12 are exact in doubles. */
const JOINED_MAX = 1_000_000;
const WORDS = new Uint32Array(2);
const JOINED = new BigInt64Array(WORDS.buffer);

/** `whole` and a fraction in units of 10^-12. One bigint made from two words costs a third of a multiplication and an addition. */
function joined(whole: number, fraction: number): Fixed {
  if (whole >= JOINED_MAX) return BigInt(whole) * ONE + BigInt(fraction);
  const low = whole * ONE_LOW + fraction;
  const carry = Math.floor(low / TWO_32);
  WORDS[LOW] = low - carry * TWO_32;
  WORDS[1 - LOW] = whole * ONE_HIGH + carry;
  return JOINED[0] as bigint;
}

/** Where a machine keeps the lower half of 64 bits. */
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

function parseFixedSlowly(text: string): Fixed | undefined {
  if (text.length > 128) return undefined;
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole.length + fraction.length === 0) return undefined;
  const unscaled = BigInt(whole + fraction);
  const shift = SCALE - fraction.length + Number(exponent);
  const value = shiftExactly(unscaled, shift);
  if (value === undefined || value > MAX_UNSCALED) return undefined;
  return sign === '-' ? -value : value;
}

function shiftExactly(unscaled: bigint, shift: number): bigint | undefined {
  if (unscaled === 0n) return 0n;
  if (shift > 50) return undefined;
  if (shift >= 0) return unscaled * pow10(shift);
  if (-shift >= POWERS.length) return undefined;
  const divisor = pow10(-shift);
  return unscaled % divisor === 0n ? unscaled / divisor : undefined;
}

/** Text of a fixed-point value without trailing zeros: `65083.56`, `-0.5`, `7`. `scale` is 12 unless told. */
export function formatFixed(value: bigint, scale: number = SCALE): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Nearest double, for statistics and display only; never for a published value. */
export function toNumber(value: bigint, scale: number = SCALE): number {
  return Number(value) / 10 ** scale;
}

/** `numerator / denominator` rounded half to even. `denominator` must not be 0. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator < 0n) return divideHalfEven(-numerator, -denominator);
  let quotient = numerator / denominator;
  let remainder = numerator % denominator;
  if (remainder < 0n) {
    quotient -= 1n;
    remainder += denominator;
  }
  const twice = remainder * 2n;
  if (twice > denominator || (twice === denominator && quotient % 2n !== 0n)) return quotient + 1n;
  return quotient;
}

/** Rounds a `Fixed` half to even to `places` decimal places (0..12); the result is still at scale 12. */
export function roundFixed(value: Fixed, places: number): Fixed {
  if (places >= SCALE) return value;
  const unit = pow10(SCALE - places);
  return divideHalfEven(value, unit) * unit;
}

/** Product of two `Fixed`, rounded half to even back to scale 12. */
export function multiplyFixed(a: Fixed, b: Fixed): Fixed {
  return divideHalfEven(a * b, ONE);
}

/** Quotient of two `Fixed`, rounded half to even to scale 12. */
export function divideFixed(a: Fixed, b: Fixed): Fixed {
  return divideHalfEven(a * ONE, b);
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Largest value whose root a double's root is near enough to begin with. */
const DOUBLE_ROOT_MAX = 1n << 100n;

/** Integer square root (floor) by Newton's iteration from above; refuses negative values. */
export function integerSqrt(value: bigint): bigint {
  if (value < 0n) throw new RangeError('integerSqrt: negative value');
  if (value < 2n) return value;
  // A power of two at or above the root, so that each step falls until the floor is reached.
  let x =
    value <= DOUBLE_ROOT_MAX
      ? BigInt(Math.ceil(Math.sqrt(Number(value)) * (1 + 2 ** -50))) + 1n
      : 1n << BigInt(2 * value.toString(16).length);
  for (;;) {
    const next = (x + value / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** √a of a `Fixed`, floor at scale 12. */
export function sqrtFixed(value: Fixed): Fixed {
  return integerSqrt(value * ONE);
}
