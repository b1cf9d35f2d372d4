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
  /** A print that came at `own`, of our clock, and which the gateway says was made `ahead` seconds later. */
  const came = (own: number, price: bigint, ahead = 0): RawTrade => ({
    ...print(own + ahead, price),
    receiveTime: second(own),
  });
  /** Followed since 0, on a gateway whose clock is ahead. */
  const followed = (prints: readonly RawTrade[]): PrintMemory => {
    const memory = new PrintMemory();
    memory.resume(second(0));
    for (const one of prints) memory.saw(one);
    return memory;
  };

  it('has no hole before anything was followed', () => {
    const memory = new PrintMemory();
    expect(memory.interrupt()).toBe(false);
    expect(memory.resume(second(0))).toBeUndefined();
    expect(memory.hole).toBeUndefined();
  });

  it('bounds a hole by the prints before and after it, two seconds more than it should need', () => {
    const memory = followed([came(5, 9n), came(10, 2n)]);
    expect(memory.interrupt()).toBe(true);
    const hole = memory.resume(second(20));
    expect(memory.bounds()).toBeUndefined(); // it is not known where it ends
    memory.saw(came(22, 3n));
    memory.saw(came(23, 4n));
    expect(memory.bounds()).toEqual({ from: second(8), until: second(24), isWhole: true });
    expect(hole?.seen.map(({ price }) => price)).toEqual([9n, 2n, 3n, 4n]);
  });

  it.each([-3_600, -20, 20, 3_600])(
    'bounds it in the time of the prints when the clock of the gateway is %i s ahead of ours',
    (ahead) => {
      const memory = followed([came(10, 1n, ahead)]);
      memory.interrupt();
      memory.resume(second(20));
      memory.saw(came(22, 2n, ahead));
      expect(memory.bounds()).toEqual({
        from: second(8 + ahead),
        until: second(24 + ahead),
        isWhole: true,
      });
    },
  );

  it.each([
    ['back', 20, 0, { from: 8, until: 44 }],
    ['on', 0, 20, { from: 8, until: 44 }],
  ] as const)(
    'covers what was missed before and after the clock of the gateway was set %s in it',
    (_, before, after, { from, until }) => {
      const memory = followed([came(10, 1n, before)]);
      memory.interrupt();
      memory.resume(second(20));
      memory.saw(came(22, 2n, after));
      expect(memory.bounds()).toEqual({ from: second(from), until: second(until), isWhole: true });
    },
  );

  it('is certain after two minutes and a half of the gateway without a print that it rests, not before', () => {
    const memory = followed([came(10, 1n)]);
    memory.interrupt();
    memory.heardTime(second(19), second(19)); // the hole goes on
    memory.resume(second(20));
    for (let at = 30; at < 180; at += 10) memory.heardTime(second(at), second(at));
    expect(memory.bounds()).toBeUndefined();
    memory.heardTime(second(180), second(180));
    expect(memory.bounds()).toMatchObject({ from: second(8), until: second(182) });
  });

  it('says so when prints of the beginning may have come that are not remembered any more', () => {
    const memory = followed([came(0, 1n, 3_600)]);
    for (let at = 1; at < 200; at++) memory.saw(came(at, 2n));
    memory.interrupt();
    memory.resume(second(210));
    memory.saw(came(211, 3n));
    expect(memory.bounds()).toEqual({ from: second(3_601), until: second(3_601), isWhole: false });
  });

  it('lets a hole that waits grow when the stream is interrupted again, and tells and asks once', () => {
    const memory = followed([came(10, 1n)]);
    expect(memory.interrupt()).toBe(true);
    const hole = memory.resume(second(20));
    memory.saw(came(30, 2n));
    expect(memory.interrupt()).toBe(false);
    expect(memory.bounds()).toBeUndefined();
    expect(memory.resume(second(40))).toBeUndefined();
    expect(memory.hole).toBe(hole);
    expect(hole?.seen.map(({ price }) => price)).toEqual([1n, 2n]); // what came between two interruptions, too
    memory.saw(came(41, 3n));
    expect(memory.bounds()).toMatchObject({ from: second(8), until: second(43) });
  });

  it('takes what was found for come, so that the next hole does not find it again', () => {
    const memory = followed([came(10, 1n)]);
    memory.interrupt();
    memory.resume(second(11));
    memory.close([came(11, 5n)]);
    memory.interrupt();
    expect(memory.hole?.seen.map(({ price }) => price)).toEqual([1n, 5n]);
  });

  it('forgets a hole that is given up, and has one that still goes on told anew', () => {
    const memory = followed([came(10, 1n)]);
    memory.interrupt();
    memory.resume(second(20));
    memory.interrupt();
    memory.abandon();
    expect(memory.resume(second(30))).toMatchObject({ isTold: false });
    memory.abandon();
    expect(memory.hole).toBeUndefined();
  });

  it('goes on behind the second in which another replica stopped, and says that this second may not be whole', () => {
    const memory = new PrintMemory();
    memory.goOn(second(5) + 300_000);
    expect(memory.resume(second(9))).toMatchObject({ isTold: false });
    memory.saw(came(9, 1n));
    expect(memory.bounds()).toEqual({ from: second(6), until: second(11), isWhole: false });
  });

  it('stays small however many prints come', () => {
    const memory = followed([]);
    for (let index = 0; index < 100_000; index++) memory.saw(came(index / 10_000, BigInt(index + 1)));
    memory.interrupt();
    expect(memory.hole?.seen.length).toBeLessThanOrEqual(20_000);
    for (let index = 0; index < 60_000; index++) memory.saw(came(20, BigInt(index + 1)));
    expect(memory.hole?.seen.length).toBeLessThanOrEqual(50_000);
    expect(memory.hole?.isOverflown).toBe(true);
  });
});
