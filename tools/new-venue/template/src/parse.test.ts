import { parseFixed, parseRfc3339 } from '@concord/model';
import { HEARTBEAT, NOTHING, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

// REPLACE THESE with frames written from the venue's documentation: one of each type, the answers, and those that must give nothing.
const TIME = '2026-01-31T12:00:00.123456Z';
const RECEIVED = (parseRfc3339(TIME) ?? 0) + 20_000;
const TRADE = { id: 17, time: TIME, price: '65000.10', size: '0.00000001', side: 'sell' };
const TRADES = { type: 'trades', symbol: 'BTC-USD', snapshot: false, trades: [TRADE] };

function parse(message: unknown): ParsedFrame {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return createParser(testContext('example', ['BTC-USD'])).parse(text, RECEIVED);
}

describe('frames of example', () => {
  it('tell trades exactly, with the side of the taker', () => {
    expect(parse(TRADES).trades).toMatchObject([
      {
        idKind: 'TRADE',
        firstId: '17',
        lastId: '17',
        price: parseFixed('65000.1'),
        size: 1n * (parseFixed('0.00000001') ?? 0n),
        side: 'SELL',
        origin: 'LIVE',
        eventTime: RECEIVED - 20_000,
        receiveTime: RECEIVED,
      },
    ]);
    expect(parse({ ...TRADES, snapshot: true }).trades[0]?.origin).toBe('SNAPSHOT');
  });

  it('tell quotes, and a side without orders as null', () => {
    const quote = {
      type: 'quote',
      symbol: 'BTC-USD',
      snapshot: false,
      time: TIME,
      bid: ['1', '2'],
      ask: null,
    };
    expect(parse(quote).quotes).toMatchObject([
      { bid: parseFixed('1'), bidSize: parseFixed('2'), ask: null, askSize: null },
    ]);
  });

  it('confirm streams, refuse them, and live without data', () => {
    expect(parse({ type: 'reply', keys: ['trades:BTC-USD'] }).acks).toEqual(['trades:BTC-USD']);
    expect(parse({ type: 'reply', keys: ['trades:X'], error: 'unknown symbol' }).errors).toEqual([
      { code: 'venue-error', message: 'unknown symbol', keys: ['trades:X'] },
    ]);
    expect(parse({ type: 'heartbeat' })).toEqual(HEARTBEAT);
    expect(parse({ type: 'status' })).toEqual(NOTHING);
  });

  it.each([
    ['{"type":', 'not-json'],
    [[], 'unknown-frame'],
    [{ type: 'other' }, 'unknown-frame'],
    [{ ...TRADES, symbol: 'X' }, 'unknown-symbol'],
    [{ ...TRADES, trades: {} }, 'bad-field'],
    [{ ...TRADES, trades: [{ ...TRADE, id: '17' }] }, 'bad-field'],
    [{ ...TRADES, trades: [{ ...TRADE, time: 'noon' }] }, 'bad-time'],
    [{ ...TRADES, trades: [{ ...TRADE, price: 65000.1 }] }, 'bad-number'],
  ])('are refused where they cannot be read: %j as %s', (message, code) => {
    const parsed = parse(message);
    expect(parsed.refusals.map((one) => one.code)).toEqual([code]);
    expect(parsed.trades).toEqual([]);
  });
});
