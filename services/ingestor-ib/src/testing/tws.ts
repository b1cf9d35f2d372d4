import type { Listing } from '@concord/sources';
import type { Micros } from '@concord/model';
import { TwsParser, type Line } from '../parse.ts';

/** 2026-01-05T15:00:00Z, a Monday during regular hours. */
export const AT: Micros = Date.UTC(2026, 0, 5, 15) * 1_000;
export const SECONDS = AT / 1_000_000;

export const AAPL: Listing = {
  source: 'ib',
  instrument: 'AAPL.US',
  symbol: 'AAPL',
  market: 'SMART',
  currency: 'USD',
  sizeUnit: 'SHARES',
  partition: 0,
};

/** Requests up to this number were made, and those without a line given up. */
const REQUESTS_MAX = 9;

/** Lines for tests: 1 prints, 2 quotes tick by tick, 3 samples, 4 bars of a minute. */
export function testLines(): Map<number, Line> {
  const line = (feed: Line['feed']): Line => ({
    feed,
    listing: AAPL,
    wants: { quotes: true, trades: true },
    interval: '1m',
  });
  return new Map([
    [1, line('prints')],
    [2, line('quotes')],
    [3, line('sampled')],
    [4, line('bars')],
  ]);
}

export function testParser(lines: ReadonlyMap<number, Line> = testLines()): TwsParser {
  const wasAsked = (request: number): boolean => request <= REQUESTS_MAX;
  return new TwsParser({ session: 'session-1', ordinals: { next: 1 }, listings: new Map(), lines, wasAsked });
}

/** A message as TWS writes it, with `|` for the end of a field. */
export function fieldsOf(text: string): string[] {
  return text.split('|');
}
