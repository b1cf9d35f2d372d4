import { pastTradeRecord } from '@concord/sources';
import { expect, it } from 'vitest';
import type { RawTrade } from '@concord/codec';
import { ReadPrints } from './read-prints.ts';
import { AAPL, AT } from './testing/tws.ts';

const SECOND = 1_000_000;
const SETTLED = 5 * SECOND;

/** One print a second, from `first` on. */
function prints(first: number, count: number): RawTrade[] {
  const context = { session: 's', ordinals: { next: 1 }, listings: new Map() };
  return Array.from({ length: count }, (_, place) => {
    const eventTime = AT + (first + place) * SECOND;
    return pastTradeRecord(context, AAPL, String(place), {
      receiveTime: eventTime,
      eventTime,
      precision: 'SECOND',
      price: 1n,
      size: 1n,
      side: 'UNKNOWN',
    });
  });
}

it('keeps what was read, except what may not be all there yet', () => {
  const read = new ReadPrints(100, SETTLED);
  const one = 'AAPL.US AAPL';
  const told = prints(0, 10);
  read.keep(one, AT, told);
  expect(read.take(one, AT)).toEqual({ from: AT, through: AT + 4 * SECOND, prints: told.slice(0, 4) });
  expect(read.take(one, AT).prints).toEqual([]);
});

it('gives nothing to a hole that begins earlier than what was read, and leaves out what is before one that begins later', () => {
  const read = new ReadPrints(100, SETTLED);
  const one = 'AAPL.US AAPL';
  const told = prints(0, 10);
  read.keep(one, AT, told);
  expect(read.take(one, AT - SECOND)).toEqual({ from: AT - SECOND, through: AT - SECOND, prints: [] });
  read.keep(one, AT, told);
  expect(read.take(one, AT + 2 * SECOND).prints).toEqual(told.slice(2, 4));
  read.keep(one, AT, told);
  expect(read.take(one, AT + 8 * SECOND).prints).toEqual([]);
});

it('makes room by forgetting the contract that was read longest ago', () => {
  const read = new ReadPrints(100, SETTLED);
  const contracts = ['A', 'B', 'C'];
  for (const one of contracts) read.keep(one, AT, prints(0, 50));
  expect(contracts.map((one) => read.take(one, AT).prints.length)).toEqual([0, 44, 44]);
});
