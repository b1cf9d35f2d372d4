/**
 * A venue's numeric id. Ids below 2^53 are numbers (the fast path), larger ones bigints; a value has one representation only, so
 * that `<` and `===` mean the same for both.
 */
export type Id = number | bigint;

/** Longest id or session name, in characters, that is remembered. */
export const ID_LENGTH_MAX = 128;

const ZERO_CODE = 48;
const DIGITS = /^\d+$/;

/** Reads a decimal id without sign; leading zeros do not matter. `undefined` for anything else. */
export function parseId(text: string): Id | undefined {
  const length = text.length;
  if (length === 0 || length > ID_LENGTH_MAX) return undefined;
  if (length > 15) return DIGITS.test(text) ? canonical(BigInt(text)) : undefined;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - ZERO_CODE;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

function canonical(value: bigint): Id {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** id + count, for a count that may be negative as long as the result is not. */
export function shiftId(id: Id, count: number): Id {
  if (typeof id === 'number') {
    const shifted = id + count;
    if (shifted <= Number.MAX_SAFE_INTEGER) return shifted;
  }
  return canonical(BigInt(id) + BigInt(count));
}

/** b − a, at most 2^53 − 1. */
export function idDistance(a: Id, b: Id): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  const distance = BigInt(b) - BigInt(a);
  return distance > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(distance);
}
