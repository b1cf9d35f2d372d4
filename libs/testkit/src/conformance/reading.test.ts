import { describe, expect, it } from 'vitest';
import { testBar, testQuote, testTrade } from '../records.ts';
import { indistinct, statedBy, toldBy, unstated, type Reading, type TradeReading } from './reading.ts';

const TRADE: TradeReading = {
  kind: 'trades',
  symbol: 'BTCUSDT',
  id: '100',
  time: '2026-01-05T11:59:59.980Z',
  price: '60000.010',
  size: '0.50',
  side: 'BUY',
};

describe('what a person reads from a frame', () => {
  it('is what a record tells, whatever zeros a number ends with', () => {
    expect(toldBy({ kind: 'trades', record: testTrade() })).toEqual(statedBy(TRADE));
    const quote: Reading = {
      ...{ kind: 'quotes', symbol: 'BTCUSDT', id: null, time: TRADE.time },
      ...{ bid: '60000', bidSize: '1', ask: '60000.01', askSize: '2' },
    };
    expect(toldBy({ kind: 'quotes', record: testQuote() })).toEqual(statedBy(quote));
    const bar: Reading = {
      ...{ kind: 'bars', symbol: 'BTCUSDT', id: null, time: TRADE.time },
      ...{ interval: '1m', start: '2026-01-05T11:59:00Z', open: '10', high: '12', low: '9', close: '11' },
      ...{ volume: '5', quoteVolume: '52', vwap: '10.4', takerBuyVolume: '2', tradeCount: 7, final: false },
    };
    expect(toldBy({ kind: 'bars', record: testBar() })).toEqual(statedBy(bar));
  });

  it.each([
    { firstId: '101' },
    { lastId: '101' },
    { side: 'SELL' },
    { side: null },
    { eventTime: 1_767_614_399_980 },
    { eventTime: NaN },
    { eventTimePrecision: 'MICROSECOND' },
    { price: 500_000_000_000n },
    { fills: 1 },
    { conditions: ['BT'] },
    { sampled: true },
    { delayed: true },
    { origin: 'SNAPSHOT' },
    { venueSequence: 1 },
    { venueSymbol: 'ETHUSDT' },
  ] as const)('is not what a record tells with %o', (changes) => {
    expect(toldBy({ kind: 'trades', record: testTrade(changes) })).not.toEqual(statedBy(TRADE));
  });

  it('must be stated whole; a null is a statement', () => {
    const { side: _, ...sideless } = TRADE;
    expect(unstated(TRADE)).toEqual([]);
    expect(unstated({ ...TRADE, side: null, time: null })).toEqual([]);
    expect(unstated(sideless as TradeReading)).toEqual(['side']);
    expect(unstated({} as TradeReading)).toEqual(['kind']);
  });

  it("must show a wrong side, and numbers that stand in each other's place", () => {
    const sold: TradeReading = { ...TRADE, side: 'SELL' };
    expect(indistinct([TRADE, sold])).toEqual([]);
    expect(indistinct([TRADE, TRADE])).toEqual(['every trade is a BUY: state one of the other side too']);
    expect(indistinct([{ ...TRADE, side: null }])).toEqual([]);
    expect(indistinct([{ ...TRADE, size: '60000.01', side: null }])).toHaveLength(1);
    expect(indistinct([])).toEqual(['no record is stated']);
  });

  it('is refused where it is no number or no time', () => {
    expect(() => statedBy({ ...TRADE, price: '1,5' })).toThrow('"1,5" is no decimal');
    expect(() => statedBy({ ...TRADE, time: 'noon' })).toThrow('"noon" is no time');
  });
});
