import type { RawTrade } from '@concord/codec';
import { MICROS_PER_SECOND } from '@concord/model';
import { testTrade } from '@concord/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingPrints, PrintMemory } from './prints.ts';
import { AT } from './testing/tws.ts';

const NONE = { idKind: 'NONE', firstId: null, lastId: null } as const;

function print(second: number, price: bigint, market = 'ARCA'): RawTrade {
  return { ...testTrade({ eventTime: AT + second * MICROS_PER_SECOND, price, market }), ...NONE };
}

describe('of past prints those that had not come', () => {
  it('are what is left when each that came took one like it away', () => {
    const [a, b] = [print(0, 1n), print(0, 2n)];
    expect(missingPrints([a, a, b, a], [a, a])).toEqual({ missing: [b, a], unmatched: 0 });
  });

  it('differ by time, price, size and exchange', () => {
    const one = print(0, 1n);
    const others = [print(1, 1n), print(0, 2n), print(0, 1n, 'IEX'), { ...one, size: 7n }];
    expect(missingPrints(others, [one])).toEqual({ missing: others, unmatched: 1 });
  });

  it('make with those that came exactly the past, whatever was cut out of it', () => {
    const prints = fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(prints, (drawn) => {
        const all = drawn.map(([second, price]) => print(second, BigInt(price + 1)));
        const seen = all.filter((_, index) => drawn[index]?.[2] === true);
        const { missing, unmatched } = missingPrints(all, seen);
        const text = ({ eventTime, price }: RawTrade): string => `${eventTime} ${price}`;
        expect(unmatched).toBe(0);
        expect([...missing, ...seen].map(text).sort()).toEqual(all.map(text).sort());
      }),
    );
  });
});

describe('the memory of an instrument', () => {
  const second = (count: number): number => AT + count * MICROS_PER_SECOND;

  it('has no hole before anything was followed', () => {
    const memory = new PrintMemory();
    expect(memory.interrupt()).toBe(false);
    expect(memory.resume(second(0))).toBeUndefined();
    expect(memory.hole).toBeUndefined();
  });

  it('holds of a hole what came at its edges, two seconds more than it should need', () => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    const edge = [print(8, 1n), print(10, 2n)];
    for (const one of [print(5, 9n), ...edge]) memory.saw(one);
    expect(memory.interrupt()).toBe(true);
    const hole = memory.resume(second(20));
    expect(hole).toMatchObject({ from: second(8), until: second(22), seen: edge });
    memory.saw(print(22, 3n));
    memory.saw(print(23, 4n));
    expect(hole?.seen.map(({ price }) => price)).toEqual([1n, 2n, 3n, 4n]);
  });

  it('lets a hole that waits grow when the stream is interrupted again, and tells and asks once', () => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    memory.saw(print(10, 1n));
    expect(memory.interrupt()).toBe(true);
    const hole = memory.resume(second(20));
    memory.saw(print(30, 2n));
    expect(memory.interrupt()).toBe(false);
    expect(memory.hole?.until).toBeNull();
    expect(memory.resume(second(40))).toBeUndefined();
    expect(memory.hole).toBe(hole);
    expect(hole?.seen.map(({ price }) => price)).toEqual([1n, 2n]); // what came between two interruptions, too
    expect(hole?.until).toBe(second(42));
  });

  it('takes what was found for come, so that the next hole does not find it again', () => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    memory.saw(print(10, 1n));
    memory.interrupt();
    memory.resume(second(11));
    memory.close([print(11, 5n)]);
    memory.interrupt();
    expect(memory.hole?.seen.map(({ price }) => price)).toEqual([1n, 5n]);
  });

  it('asks again for a hole that could not be filled', () => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    memory.interrupt();
    memory.resume(second(10));
    memory.reopen();
    expect(memory.resume(second(20))).toMatchObject({ until: second(22) });
  });

  it('goes on behind the second in which another replica stopped, and says that this second may not be whole', () => {
    const memory = new PrintMemory();
    memory.goOn(second(5) + 300_000);
    expect(memory.resume(second(9))).toMatchObject({
      from: second(6),
      until: second(11),
      isWhole: false,
      isTold: false,
    });
  });

  it('stays small however many prints come', () => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    for (let index = 0; index < 100_000; index++) memory.saw(print(index / 10_000, BigInt(index + 1)));
    memory.interrupt();
    expect(memory.hole?.seen.length).toBeLessThanOrEqual(20_000);
    for (let index = 0; index < 30_000; index++) memory.saw(print(20, BigInt(index + 1)));
    expect(memory.hole?.seen.length).toBeLessThanOrEqual(20_000);
    expect(memory.hole?.isOverflown).toBe(true);
  });
});
