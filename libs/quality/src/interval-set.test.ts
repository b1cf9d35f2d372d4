import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idDistance, parseId, shiftId, type Id } from './id.ts';
import { IntervalSet } from './interval-set.ts';

const LIMIT = 1_000;

/** The same by brute force: a set of every id. */
class Naive {
  readonly ids = new Set<bigint>();

  add(first: bigint, last: bigint): void {
    for (let id = first; id <= last; id++) this.ids.add(id);
  }

  missing(first: bigint, last: bigint): number {
    let count = 0;
    for (let id = first; id <= last; id++) if (!this.ids.has(id)) count++;
    return count;
  }

  intervals(): number {
    return [...this.ids].filter((id) => !this.ids.has(id - 1n)).length;
  }
}

function id(value: bigint): Id {
  return parseId(value.toString()) as Id;
}

describe('ids', () => {
  it('are numbers below 2^53 and bigints from there on', () => {
    expect(parseId('0')).toBe(0);
    expect(parseId('0007')).toBe(7);
    expect(parseId('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseId('9007199254740992')).toBe(9_007_199_254_740_992n);
    expect(shiftId(Number.MAX_SAFE_INTEGER, 1)).toBe(9_007_199_254_740_992n);
    expect(shiftId(9_007_199_254_740_992n, -1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(idDistance(5, 9_007_199_254_740_993n)).toBe(9_007_199_254_740_988);
    expect(idDistance(0, 2n ** 63n)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['', '-1', '1.5', '1e3', ' 1', '0x10', 'a', '1'.repeat(129)])('refuse %j', (text) => {
    expect(parseId(text)).toBeUndefined();
  });
});

describe('a set of id intervals', () => {
  // Around 2^53 both representations meet.
  const bases = [0n, 1_000n, 2n ** 53n - 50n, 2n ** 63n];
  const interval = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 8 }));

  it('answers as a set of every single id would', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.array(interval, { maxLength: 60 }),
        interval,
        (base, added, [at, length]) => {
          const set = new IntervalSet();
          const naive = new Naive();
          for (const [offset, more] of added) {
            const [first, last] = [base + BigInt(offset), base + BigInt(offset + more)];
            set.add(id(first), id(last), LIMIT);
            naive.add(first, last);
          }
          const [first, last] = [base + BigInt(at), base + BigInt(at + length)];
          const missing = naive.missing(first, last);
          const covered = missing === 0 ? 'seen' : missing === length + 1 ? 'new' : 'partly';
          expect(set.coverage(id(first), id(last))).toBe(covered);
          expect(set.missing(id(first), id(last))).toBe(missing);
          expect(set.size).toBe(naive.intervals());
          const again = IntervalSet.fromText(set.toText());
          expect(again?.toText()).toBe(set.toText());
          expect(again?.coverage(id(first), id(last))).toBe(covered);
        },
      ),
    );
  });

  it('forgets the lowest intervals beyond its limit and knows that it did', () => {
    const set = new IntervalSet();
    for (let n = 0; n < 500; n++) set.add(n * 10, n * 10, 4);
    expect(set.size).toBe(4);
    expect(set.coverage(4_990, 4_990)).toBe('seen');
    expect(set.coverage(4_960, 4_960)).toBe('seen');
    expect(set.coverage(4_950, 4_950)).toBe('beyond');
    expect(set.coverage(4_951, 4_951)).toBe('new');
    expect(set.horizon).toBe(4_950);
    expect(IntervalSet.fromText(set.toText())?.horizon).toBe(4_950);
  });

  it('holds one interval however many contiguous ids it saw', () => {
    const set = new IntervalSet();
    for (let n = 1; n <= 100_000; n++) set.add(n, n, 4);
    expect(set.size).toBe(1);
    expect(set.toText()).toBe('|1+99999');
  });

  it.each(['', 'x', '1', '|a', '|1+', '1|2  3', '|-1'])('does not read %j as one', (text) => {
    expect(IntervalSet.fromText(text)).toBeUndefined();
  });
});
