import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTracker } from './gaps.ts';

describe('IdTracker', () => {
  it('finds nothing while ids follow each other, whether records cover one id or several', () => {
    const ids = new IdTracker();
    const findings = [ids.observe(5, 5), ids.observe(6, 9), ids.observe(10, 10)];
    expect(findings).toEqual([undefined, undefined, undefined]);
    expect([ids.verified, ids.missing, ids.gaps]).toEqual([6, 0, 0]);
  });

  it('tells exactly the ids that were jumped over', () => {
    const ids = new IdTracker();
    ids.observe(5, 5);
    expect(ids.observe(9, 9)).toEqual({ gap: { first: 6, last: 8 }, filled: [] });
    expect([ids.missing, ids.gaps]).toEqual([3, 1]);
  });

  it('takes a repetition for nothing new', () => {
    const ids = new IdTracker();
    ids.observe(5, 5);
    ids.observe(6, 6);
    expect(ids.observe(5, 5)).toBeUndefined();
    expect([ids.verified, ids.late]).toEqual([2, 1]);
  });

  it('takes back what was missing when it comes late, piece by piece', () => {
    const ids = new IdTracker();
    ids.observe(1, 1);
    ids.observe(10, 10);
    expect(ids.observe(4, 5)).toEqual({ gap: null, filled: [{ first: 4, last: 5 }] });
    expect(ids.missing).toBe(6);
    expect(ids.observe(1, 9)).toEqual({
      gap: null,
      filled: [
        { first: 2, last: 3 },
        { first: 6, last: 9 },
      ],
    });
    expect([ids.missing, ids.verified]).toEqual([0, 10]);
  });

  it('follows a snapshot that overlaps what was seen and goes beyond it', () => {
    const ids = new IdTracker();
    ids.observe(1, 1);
    for (let id = 1; id <= 4; id++) expect(ids.observe(id, id)).toBeUndefined();
    expect(ids.observe(3, 7)).toBeUndefined();
    expect(ids.observe(8, 8)).toBeUndefined();
    expect([ids.verified, ids.missing]).toEqual([8, 0]);
  });

  it('agrees with a set of all ids, whatever the order', () => {
    const interval = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 40 }), (intervals) => {
        const ids = new IdTracker();
        const seen = new Set<number>();
        const start = intervals[0]?.[0] ?? 0;
        let high = start - 1;
        for (const [first, length] of intervals) {
          const last = first + length;
          const finding = ids.observe(first, last);
          const gap = first > high + 1 ? { first: high + 1, last: first - 1 } : null;
          expect(finding?.gap ?? null).toEqual(gap);
          for (let id = first; id <= last; id++) if (id >= start) seen.add(id);
          high = Math.max(high, last);
        }
        const missing = high - start + 1 - seen.size;
        expect(ids.missing).toBe(missing);
        expect(ids.verified).toBe(seen.size);
      }),
    );
  });
});
