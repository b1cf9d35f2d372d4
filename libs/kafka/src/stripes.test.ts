import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stripeSlots } from './stripes.ts';

type Members = readonly (readonly [memberId: string, claims: readonly number[]])[];

/** How many of the first `count` slots each member has. */
function loads(shares: ReadonlyMap<string, readonly number[]>, count: number): number[] {
  return [...shares.values()].map((slots) => slots.filter((slot) => slot < count).length);
}

function moved(before: ReadonlyMap<string, readonly number[]>, after: typeof before): number {
  let count = 0;
  for (const [member, slots] of after)
    count += slots.filter((slot) => !before.get(member)?.includes(slot)).length;
  return count;
}

describe('sharing slots', () => {
  test('sixty slots among three are twenty each, and so is any part of them from the start', () => {
    const shares = stripeSlots(60, [
      ['a', []],
      ['b', []],
      ['c', []],
    ]);
    expect(loads(shares, 60)).toEqual([20, 20, 20]);
    expect(loads(shares, 4)).toEqual([2, 1, 1]);
  });

  test('one member has them all, none has none', () => {
    expect(stripeSlots(3, [['a', []]])).toEqual(new Map([['a', [0, 1, 2]]]));
    expect(stripeSlots(3, [])).toEqual(new Map());
  });

  test('who joins gets its share and nobody else gets anything', () => {
    const two = stripeSlots(60, [
      ['a', []],
      ['b', []],
    ]);
    const three = stripeSlots(60, [...two, ['c', []]]);
    expect(moved(two, three)).toBe(20);
    expect(three.get('c')).toHaveLength(20);
  });

  test('the slots of one that is gone are shared by the others, who keep their own', () => {
    const three = stripeSlots(60, [
      ['a', []],
      ['b', []],
      ['c', []],
    ]);
    const two = stripeSlots(
      60,
      [...three].filter(([member]) => member !== 'b'),
    );
    expect(moved(three, two)).toBe(20);
    expect(loads(two, 60)).toEqual([30, 30]);
  });

  const members: fc.Arbitrary<Members> = fc.uniqueArray(
    fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: -1, max: 40 }))),
    { selector: ([id]) => id, minLength: 1, maxLength: 9 },
  );
  const slots = fc.integer({ min: 1, max: 40 });

  test('every slot goes to one member, whatever is claimed, and every first part is shared evenly', () => {
    fc.assert(
      fc.property(slots, members, (count, group) => {
        const shares = stripeSlots(count, group);
        const all = [...shares.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: count }, (_, slot) => slot));
        for (let part = 1; part <= count; part++) {
          const counts = loads(shares, part);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        expect(stripeSlots(count, [...group].reverse())).toEqual(shares);
      }),
    );
  });

  test('what was shared stays when it is shared again', () => {
    fc.assert(
      fc.property(slots, members, (count, group) => {
        const shares = stripeSlots(count, group);
        expect(stripeSlots(count, [...shares])).toEqual(shares);
      }),
    );
  });
});
