import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AggregateRing } from '../binance/aggregate-ring.ts';
import type { TradesEvent } from '../market/events.ts';
import { BarBook, fillFlat, type Bar } from './bar-book.ts';
import { Ladder } from './ladder.ts';
import { TradeRing } from './trade-ring.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

const fills = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 90 * SECOND }),
    price: fc.integer({ min: 1, max: 9_000_000 }),
    size: fc.integer({ min: 1, max: 1_000_000_000 }),
    takerBuys: fc.boolean(),
  }),
  { minLength: 1, maxLength: 120 },
);

describe('the tape', () => {
  it('gives a fill by its id as long as it is kept, and never another', () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 1, max: 50 }), (list, capacity) => {
        const ring = new TradeRing(capacity, 1_000);
        let at = 0;
        const all = list.map((one) => {
          at += one.gap;
          return {
            id: ring.push(at, one.price, one.size, one.takerBuys),
            at,
            price: one.price,
            size: one.size,
            takerBuys: one.takerBuys,
          };
        });
        expect(all.map((one) => one.id)).toEqual(all.map((_, i) => 1_000 + i));
        expect(ring.last(capacity)).toEqual(all.slice(-capacity));
        expect(ring.get(ring.oldestId - 1)).toBeUndefined();
        expect(ring.get(ring.nextId)).toBeUndefined();
        for (const one of ring.last(capacity)) {
          const first = ring.firstIdFrom(one.at);
          expect(ring.get(first)?.at).toBe(one.at);
          expect(ring.get(first - 1)?.at ?? -1).toBeLessThan(one.at);
        }
      }),
    );
  });

  it('has candles equal to those made from the fills, for every length', () => {
    fc.assert(
      fc.property(fills, fc.constantFrom(MINUTE, 5 * MINUTE, 60 * MINUTE), (list, length) => {
        const book = new BarBook();
        const expected = new Map<number, Bar>();
        let at = 1_800_000_000 * SECOND;
        for (const [id, one] of list.entries()) {
          at += one.gap;
          book.add(at, one.price, one.size, one.takerBuys, id);
          const start = Math.floor(at / length) * length;
          const bar = expected.get(start);
          const notional = BigInt(one.price) * BigInt(one.size);
          expected.set(start, {
            start,
            open: bar?.open ?? one.price,
            high: Math.max(bar?.high ?? 0, one.price),
            low: Math.min(bar?.low ?? one.price, one.price),
            close: one.price,
            volume: (bar?.volume ?? 0) + one.size,
            notional: (bar?.notional ?? 0n) + notional,
            takerBuyVolume: (bar?.takerBuyVolume ?? 0) + (one.takerBuys ? one.size : 0),
            takerBuyNotional: (bar?.takerBuyNotional ?? 0n) + (one.takerBuys ? notional : 0n),
            trades: (bar?.trades ?? 0) + 1,
            firstId: bar?.firstId ?? id,
            lastId: id,
          });
        }
        expect(book.range(length, 0, at)).toEqual([...expected.values()]);
      }),
    );
  });

  it('fills windows without a trade with the last close', () => {
    const book = new BarBook();
    book.add(0, 100, 5, true, 1);
    book.add(3 * MINUTE, 110, 5, true, 2);
    const bars = fillFlat(book.range(MINUTE, 0, 5 * MINUTE), MINUTE, 5 * MINUTE);
    expect(bars.map((bar) => [bar.start / MINUTE, bar.open, bar.close, bar.trades])).toEqual([
      [0, 100, 100, 1],
      [1, 100, 100, 0],
      [2, 100, 100, 0],
      [3, 110, 110, 1],
      [4, 110, 110, 0],
      [5, 110, 110, 0],
    ]);
  });

  it('aggregates fills of one price: every trade id once, the sizes and their sum kept', () => {
    const prices = fc.array(fc.integer({ min: 100, max: 103 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(prices, { maxLength: 30 }), (events) => {
        const trades = new TradeRing(10_000, 900);
        const ring = new AggregateRing(trades);
        let next = 900;
        const made = events.flatMap((list) => {
          const event = {
            kind: 'trades',
            venueAt: next,
            takerBuys: true,
            prices: list,
            sizes: list.map((_, i) => i + 1),
          };
          const groups = ring.push(event as unknown as TradesEvent, next);
          expect(groups.reduce((sum, one) => sum + one.size, 0)).toBe((list.length * (list.length + 1)) / 2);
          list.forEach((price, i) => trades.push(next, price, i + 1, true));
          next += list.length;
          return groups;
        });
        expect(made.map((one) => one.id)).toEqual(made.map((_, i) => 900 + i));
        let expected = 900;
        for (const one of made) {
          expect(one.firstTradeId).toBe(expected);
          expected = one.lastTradeId + 1;
        }
        expect(expected).toBe(next);
        expect(ring.range(900, 10_900)).toEqual(made);
      }),
    );
  });

  it('keeps an aggregate as long as all its fills are kept', () => {
    const trades = new TradeRing(4, 0);
    const ring = new AggregateRing(trades);
    for (const prices of [[5, 5], [6, 6], [7]]) {
      const [first, venueAt] = [trades.nextId, trades.nextId * 10];
      for (const price of prices) trades.push(venueAt, price, 1, true);
      ring.push(
        { venueAt, takerBuys: true, prices, sizes: prices.map(() => 1) } as unknown as TradesEvent,
        first,
      );
    }
    // The first fill of the first aggregate has given way.
    expect(ring.oldestId).toBe(1);
    expect(
      ring.range(0, 9).map((one) => [one.id, one.firstTradeId, one.lastTradeId, one.price, one.size]),
    ).toEqual([
      [1, 2, 3, 6, 2],
      [2, 4, 4, 7, 1],
    ]);
    expect([ring.firstIdFrom(20), ring.firstIdFrom(21), ring.firstIdFrom(41)]).toEqual([1, 2, 3]);
  });
});

describe('the book', () => {
  const quote = fc.record({
    bid: fc.integer({ min: 50, max: 150 }),
    spread: fc.integer({ min: 1, max: 20 }),
    bidSize: fc.integer({ min: 1, max: 99 }),
    askSize: fc.integer({ min: 1, max: 99 }),
  });

  it('has the quote as its top, stays sorted and bounded, and its changes rebuild it', () => {
    fc.assert(
      fc.property(fc.array(quote, { minLength: 1, maxLength: 80 }), (list) => {
        const ladder = new Ladder(10, 3, 7);
        const client = { bids: new Map<number, number>(), asks: new Map<number, number>() };
        for (const one of list) {
          const ask = one.bid + one.spread;
          for (const change of ladder.setTop(one.bid, one.bidSize, ask, one.askSize)) {
            const side = change.isBid ? client.bids : client.asks;
            if (change.size === 0) side.delete(change.price);
            else side.set(change.price, change.size);
          }
          expect(ladder.bids[0]).toEqual({ price: one.bid, size: one.bidSize });
          expect(ladder.asks[0]).toEqual({ price: ask, size: one.askSize });
          for (const side of [ladder.bids, ladder.asks]) expect(side.length).toBeLessThanOrEqual(10);
          const sorted = (side: Map<number, number>, sign: number): unknown =>
            [...side].sort((a, b) => sign * (a[0] - b[0])).map(([price, size]) => ({ price, size }));
          expect(sorted(client.bids, -1)).toEqual(ladder.bids);
          expect(sorted(client.asks, 1)).toEqual(ladder.asks);
        }
      }),
    );
  });
});
