import { numberedCodec, type RawBar, type RawQuote, type RawTrade } from '@concord/codec';
import { MAX_UNSCALED, ONE, type Kind } from '@concord/model';
import { testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { barRecord, quoteRecord, tradeRecord } from './records.ts';
import { checkRecord } from './validation.ts';

const context = testContext('test', ['A']);
const listing = testListing('test', 'A');
const sent = {
  receiveTime: 2,
  origin: 'LIVE',
  eventTime: 1,
  precision: 'MILLISECOND',
  venueSequence: null,
} as const;
const trade: RawTrade = tradeRecord(context, listing, {
  ...sent,
  idKind: 'TRADE',
  firstId: '1',
  lastId: '1',
  fills: null,
  price: ONE,
  size: ONE,
  side: null,
});
const quote: RawQuote = quoteRecord(context, listing, {
  ...sent,
  updateId: '7',
  bid: ONE,
  bidSize: ONE,
  ask: null,
  askSize: null,
});
const bar: RawBar = barRecord(context, listing, {
  ...sent,
  interval: '1m',
  start: 60_000_000,
  open: ONE,
  high: ONE,
  low: ONE,
  close: ONE,
  volume: null,
  quoteVolume: null,
  vwap: null,
  tradeCount: null,
  takerBuyVolume: null,
  final: false,
  revision: 0,
});

describe('checkRecord', () => {
  it('finds nothing wrong with a sound record of each kind', () => {
    for (const record of [trade, quote, bar]) expect(checkRecord(record)).toBeUndefined();
    expect(bar.end - bar.start).toBe(60_000_000);
  });

  it('names what is wrong', () => {
    const wrong: [RawTrade | RawQuote | RawBar, string][] = [
      [{ ...trade, eventTime: 1.5 }, 'eventTime'],
      [{ ...trade, eventTimePrecision: null }, 'eventTimePrecision'],
      [{ ...trade, receiveTime: NaN }, 'receiveTime'],
      [{ ...trade, instrument: '' }, 'names'],
      [{ ...trade, ordinal: -1 }, 'ordinal'],
      [{ ...trade, lastId: null }, 'firstId, lastId'],
      [{ ...trade, idKind: 'NONE' }, 'firstId, lastId'],
      [{ ...trade, fills: 0 }, 'fills'],
      [{ ...quote, bidSize: null }, 'bid, bidSize'],
      [{ ...quote, askSize: ONE }, 'ask, askSize'],
      [{ ...bar, end: bar.start }, 'start, end'],
      [{ ...bar, revision: 0.5 }, 'revision'],
      [{ ...trade, firstId: '5000000000000000000', lastId: '5000000000000000007' }, 'firstId, lastId'],
      [{ ...trade, lastId: '9007199254740992' }, 'firstId, lastId'],
      [{ ...trade, idKind: 'AGGREGATE', lastId: '1e3' }, 'firstId, lastId'],
      [{ ...trade, firstId: '' }, 'firstId, lastId'],
      // What the schema's numbers do not hold: it would be found out only when there is no frame any more to show.
      [{ ...trade, fills: 2 ** 31 }, 'fills'],
      [{ ...trade, venueSequence: 2 ** 53 }, 'venueSequence'],
      [{ ...trade, price: MAX_UNSCALED + 1n }, 'price, size'],
      [{ ...trade, size: -MAX_UNSCALED - 1n }, 'price, size'],
      [{ ...quote, bid: MAX_UNSCALED + 1n }, 'bid, ask'],
      [{ ...quote, askSize: 1n, ask: -MAX_UNSCALED - 1n }, 'bid, ask'],
      [{ ...bar, end: 2 ** 53 }, 'start, end'],
      [{ ...bar, revision: 2 ** 31 }, 'revision'],
      [{ ...bar, tradeCount: 1.5 }, 'tradeCount'],
      [{ ...bar, high: MAX_UNSCALED + 1n }, 'open'],
      [{ ...bar, takerBuyVolume: MAX_UNSCALED + 1n }, 'volume'],
    ];
    for (const [record, names] of wrong) {
      expect(checkRecord(record)).toMatchObject({ code: 'invalid-record', symbol: 'A' });
      expect(checkRecord(record)?.message).toContain(names);
    }
  });

  it('takes any text for an id that has no arithmetic', () => {
    const opaque = {
      idKind: 'OPAQUE',
      firstId: '5000000000000000007',
      lastId: '5000000000000000007',
    } as const;
    expect(checkRecord({ ...trade, ...opaque })).toBeUndefined();
    expect(
      checkRecord({ ...trade, firstId: '9007199254740991', lastId: '9007199254740991' }),
    ).toBeUndefined();
  });

  it('passes nothing that its schema does not hold', () => {
    const codec = numberedCodec();
    const largest = { fills: 2 ** 31 - 1, venueSequence: 2 ** 53 - 1, eventTime: 2 ** 53 - 1 };
    const sound: [Kind, RawTrade | RawQuote | RawBar][] = [
      ['trades', { ...trade, ...largest, price: MAX_UNSCALED, size: -MAX_UNSCALED }],
      ['quotes', { ...quote, ...largest, bid: MAX_UNSCALED, bidSize: MAX_UNSCALED }],
      ['bars', { ...bar, ...largest, end: 2 ** 53 - 1, revision: 2 ** 31 - 1, volume: MAX_UNSCALED }],
    ];
    for (const [kind, record] of sound) {
      expect(checkRecord(record)).toBeUndefined();
      expect(() => codec.encode(`raw.${kind}`, record as never)).not.toThrow();
    }
  });
});
