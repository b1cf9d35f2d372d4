import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopOfBook, type Level } from './top-of-book.ts';

const level = (price: number, size: number): Level => ({ price: BigInt(price), size: BigInt(size) });

describe('TopOfBook', () => {
  it('tells the best of each side, whatever the order of the levels', () => {
    const book = new TopOfBook();
    book.load([level(98, 1), level(99, 2), level(97, 3)], [level(103, 1), level(101, 4)]);
    expect(book.top()).toEqual({ bid: level(99, 2), ask: level(101, 4) });
  });

  it('falls back to the next level when the best is gone', () => {
    const book = new TopOfBook();
    book.load([level(99, 2), level(98, 1)], [level(101, 4)]);
    book.apply('bid', 99n, 0n);
    book.apply('ask', 101n, 0n);
    expect(book.top()).toEqual({ bid: level(98, 1), ask: null });
    expect(book.exhausted).toBe(false);
  });

  it('ignores the removal of a level it does not hold', () => {
    const book = new TopOfBook();
    book.load([level(99, 2)], []);
    book.apply('bid', 100n, 0n);
    expect(book.top().bid).toEqual(level(99, 2));
  });

  it('says that it is exhausted when only levels it forgot could be left', () => {
    const book = new TopOfBook(2);
    book.load([level(99, 1), level(98, 1), level(97, 1)], []);
    book.apply('bid', 99n, 0n);
    expect(book.exhausted).toBe(false);
    book.apply('bid', 98n, 0n);
    expect(book.exhausted).toBe(true);
  });

  it('does not take a level beyond its bound for the best', () => {
    const book = new TopOfBook(2);
    book.load([level(99, 1), level(98, 1), level(97, 1)], []);
    book.apply('bid', 99n, 0n);
    book.apply('bid', 98n, 0n);
    book.apply('bid', 90n, 5n);
    expect(book.exhausted).toBe(true);
    expect(book.top().bid).toBeNull();
  });

  it('agrees with a book of all levels as long as it is not exhausted, at any depth', () => {
    const price = fc.integer({ min: 1, max: 30 });
    const size = fc.integer({ min: 0, max: 3 });
    const change = fc.record({ side: fc.constantFrom('bid' as const, 'ask' as const), price, size });
    const levels = fc.uniqueArray(fc.tuple(price, fc.integer({ min: 1, max: 3 })), {
      selector: ([at]) => at,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        levels,
        levels,
        fc.array(change, { maxLength: 60 }),
        (depth, bids, asks, changes) => {
          const book = new TopOfBook(depth);
          book.load(
            bids.map(([at, of]) => level(at, of)),
            asks.map(([at, of]) => level(at, of)),
          );
          const all = { bid: new Map(bids), ask: new Map(asks) };
          for (const { side, price: at, size: of } of changes) {
            book.apply(side, BigInt(at), BigInt(of));
            if (of === 0) all[side].delete(at);
            else all[side].set(at, of);
            if (book.exhausted) return;
            const best = { bid: Math.max(...all.bid.keys()), ask: Math.min(...all.ask.keys()) };
            const { bid, ask } = book.top();
            expect(bid).toEqual(all.bid.size === 0 ? null : level(best.bid, all.bid.get(best.bid) ?? 0));
            expect(ask).toEqual(all.ask.size === 0 ? null : level(best.ask, all.ask.get(best.ask) ?? 0));
          }
        },
      ),
    );
  });
});
