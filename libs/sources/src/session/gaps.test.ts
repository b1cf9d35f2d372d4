import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GAPS_MAX, IdTracker, LEAP_MAX, widened } from './gaps.ts';

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
    expect(ids.observe(9, 9)).toEqual({ gap: { first: 6, last: 8 }, repaired: [], repeated: false });
    expect([ids.missing, ids.gaps]).toEqual([3, 1]);
  });

  it('takes an absurd jump for garbage, and what follows on it for the truth', () => {
    const ids = new IdTracker();
    expect(ids.leaps(5, 5)).toBe(false);
    ids.observe(5, 5);
    const far = 6 + LEAP_MAX;
    expect(ids.leaps(far, far)).toBe(false);
    // The same again, as from a second session, and another garbage: neither is confirmed.
    expect([ids.leaps(far + 1, far + 1), ids.leaps(far + 1, far + 1)]).toEqual([true, true]);
    expect(ids.leaps(3 * far, 3 * far)).toBe(true);
    // The old count goes on: the leap is forgotten.
    expect([ids.leaps(6, 6), ids.leaps(3 * far + 1, 3 * far + 1)]).toEqual([false, true]);
    expect(ids.leaps(3 * far + 4, 3 * far + 4)).toBe(false);
  });

  it('takes a repetition for nothing new', () => {
    const ids = new IdTracker();
    ids.observe(5, 5);
    ids.observe(6, 6);
    expect(ids.observe(5, 5)).toMatchObject({ repeated: true });
    expect([ids.verified, ids.late]).toEqual([2, 0]);
  });

  it('takes back what was missing when it comes late, and tells a gap whole once all of it has come', () => {
    const ids = new IdTracker();
    ids.observe(1, 1);
    ids.observe(10, 10);
    expect(ids.observe(4, 5)).toBeUndefined();
    expect([ids.missing, ids.open]).toEqual([
      6,
      [
        { first: 2, last: 3 },
        { first: 6, last: 9 },
      ],
    ]);
    expect(ids.observe(1, 9)).toEqual({ gap: null, repaired: [{ first: 2, last: 9 }], repeated: false });
    expect([ids.missing, ids.verified, ids.open]).toEqual([0, 10, []]);
  });

  it('goes on where another left off, open gaps included', () => {
    const ids = new IdTracker();
    ids.resume(100, [{ first: 90, last: 91 }]);
    expect(ids.has(89, 89)).toBe(true);
    expect(ids.has(90, 90)).toBe(false);
    expect(ids.observe(103, 103)).toMatchObject({ gap: { first: 101, last: 102 } });
    expect(ids.observe(90, 91)).toMatchObject({ repaired: [{ first: 90, last: 91 }] });
  });

  it('misses again what was lost on its way, but for what was missing before', () => {
    const ids = new IdTracker();
    for (const id of [1, 2, 3, 6, 7]) ids.observe(id, id);
    expect(ids.lose({ first: 0, last: 99 })).toEqual([
      { first: 1, last: 3 },
      { first: 6, last: 7 },
    ]);
    expect([ids.missing, ids.verified]).toEqual([7, 0]);
    expect(ids.observe(1, 7)).toMatchObject({ repeated: false });
    expect([ids.missing, ids.verified]).toEqual([0, 7]);
  });

  it('keeps what was given up missing, and does not wait for it', () => {
    const ids = new IdTracker();
    for (const id of [1, 5]) ids.observe(id, id);
    expect(ids.giveUp({ first: 3, last: 10 })).toEqual([{ first: 3, last: 4 }]);
    expect([ids.missing, ids.open]).toEqual([3, [{ first: 2, last: 2 }]]);
  });

  it('gives up the oldest of too many gaps, says so, and what came before it counts as unknown, not as seen', () => {
    const ids = new IdTracker();
    ids.observe(1, 1);
    for (let gap = 1; gap <= GAPS_MAX + 1; gap++) ids.observe(1 + 2 * gap, 1 + 2 * gap);
    expect(ids.open).toHaveLength(GAPS_MAX);
    expect([ids.takeOutgrown(), ids.takeOutgrown()]).toEqual([[{ first: 2, last: 2 }], []]);
    expect(ids.has(1, 1)).toBe(false);
    expect(ids.observe(2, 2)).toBeUndefined();
  });

  it('follows a snapshot that overlaps what was seen and goes beyond it', () => {
    const ids = new IdTracker();
    ids.observe(1, 1);
    expect(ids.observe(1, 1)).toMatchObject({ repeated: true });
    for (let id = 2; id <= 4; id++) expect(ids.observe(id, id)).toBeUndefined();
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

describe('intervals of which there are too many', () => {
  it('become wider ones, the nearest first, and none is left out', () => {
    const far = [1, 10, 12, 30, 33, 60].map((id) => ({ first: id, last: id }));
    expect(widened(far, 6)).toEqual(far);
    expect(widened(far, 4)).toEqual([
      { first: 1, last: 1 },
      { first: 10, last: 12 },
      { first: 30, last: 33 },
      { first: 60, last: 60 },
    ]);
    expect(widened(far, 1)).toEqual([{ first: 1, last: 60 }]);
  });
});
