import { describe, expect, it } from 'vitest';
import { checkFault } from './fault-check.ts';
import { FAULT_KINDS } from './faults.ts';

const PLAYED = {
  venues: ['binance', 'ib'],
  listings: [
    { venue: 'binance', symbol: 'BTCUSDT', instrument: 'BTC-USDT' },
    { venue: 'ib', symbol: 'AAPL', instrument: 'AAPL.US' },
  ],
};
const attack = { kind: 'offset', seed: 1, lengthMicros: 1 };

describe('a fault is refused', () => {
  it.each([
    ['that is no object', 7, 'an object'],
    ['without a kind', {}, 'needs the field kind'],
    ['of a kind that nobody knows', { kind: 'explode' }, FAULT_KINDS.join(', ')],
    ['at a venue that is not played', { kind: 'cut', venue: 'kraken' }, 'binance, ib'],
    ['with a symbol that the venue does not list', { kind: 'gap', venue: 'ib', symbol: 'BTCUSDT' }, 'AAPL'],
    ['that another venue alone knows', { kind: 'connectivity-lost', venue: 'binance' }, 'ib alone'],
    ['of REST at a venue that has none', { kind: 'rest-down', venue: 'ib' }, 'no effect at ib'],
    ['whose skew is no number', { kind: 'clock-skew', skewMs: 'abc' }, 'skewMs'],
    ['of a clock without its skew', { kind: 'clock-skew' }, 'skewMs'],
    ['whose length is no number', { kind: 'silence', durationMs: 'abc' }, 'durationMs'],
    ['whose length is negative', { kind: 'silence', durationMs: -1 }, 'durationMs'],
    ['whose count is a fraction', { kind: 'gap', count: 1.5 }, 'count'],
    ['on a kind of data that there is not', { kind: 'mute', data: 'news' }, 'trades, quotes, bars'],
    ['with a field that nobody reads', { kind: 'silence', duration: 5 }, "'duration'"],
    ['that is an attack without its own part', { kind: 'attack' }, 'needs the field attack'],
    [
      'that is an attack of no length',
      { kind: 'attack', attack: { kind: 'offset', seed: 1 } },
      'lengthMicros',
    ],
    [
      'that is an attack of an unknown kind',
      { kind: 'attack', attack: { ...attack, kind: 'x' } },
      'flash-crash',
    ],
    [
      'that is an attack on an instrument that is not played',
      { kind: 'attack', attack: { ...attack, instruments: ['DOGE-USDT'] } },
      'BTC-USDT',
    ],
  ])('%s', (_what, fault, reason) => {
    expect(() => checkFault(fault, PLAYED)).toThrow(reason);
  });
});

it.each([
  { kind: 'cut' },
  { kind: 'rest-down', durationMs: 0 },
  { kind: 'no-quote', symbol: 'AAPL' },
  { kind: 'mute', venue: 'binance', symbol: 'BTCUSDT', data: 'trades', durationMs: 1_000 },
  { kind: 'clock-skew', skewMs: -5_000 },
  { kind: 'attack', attack: { ...attack, venues: ['ib'], instruments: ['AAPL.US'], size: 0.1 } },
])('a fault that names what there is is taken as it is: %j', (fault) => {
  expect(checkFault(fault, PLAYED)).toBe(fault);
});
