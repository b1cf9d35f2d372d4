import { ONE } from '@concord/model';
import { testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { BarCloser, BarRevisions, type OpenBar } from './bar-windows.ts';

const MINUTE = 60_000_000;

function bar(minute: number, close: bigint, receiveTime = 0): OpenBar {
  return {
    receiveTime,
    origin: 'LIVE',
    eventTime: receiveTime,
    precision: 'NANOSECOND',
    venueSequence: null,
    interval: '1m',
    start: minute * MINUTE,
    open: ONE,
    high: ONE,
    low: ONE,
    close,
    volume: null,
    quoteVolume: null,
    vwap: null,
    tradeCount: null,
    takerBuyVolume: null,
  };
}

type Told = [minute: number, revision: number, final: boolean, close: bigint];

function told(statements: ReturnType<BarCloser['observe']>): Told[] {
  return statements.map(({ start, revision, final, close }) => [start / MINUTE, revision, final, close]);
}

describe('BarCloser', () => {
  it('counts the statements of a window and closes it when the next begins', () => {
    const closer = new BarCloser();
    expect(told(closer.observe('A', bar(1, 10n)))).toEqual([[1, 0, false, 10n]]);
    expect(told(closer.observe('A', bar(1, 11n)))).toEqual([[1, 1, false, 11n]]);
    expect(told(closer.observe('A', bar(2, 12n)))).toEqual([
      [1, 2, true, 11n],
      [2, 0, false, 12n],
    ]);
  });

  it('stamps the closing statement with the frame that proved it', () => {
    const closer = new BarCloser();
    closer.observe('A', bar(1, 10n, 100));
    const [closed] = closer.observe('A', bar(2, 12n, 200));
    expect([closed?.receiveTime, closed?.eventTime]).toEqual([200, 200]);
  });

  it('keeps symbols apart', () => {
    const closer = new BarCloser();
    closer.observe('A', bar(1, 10n));
    expect(told(closer.observe('B', bar(2, 20n)))).toEqual([[2, 0, false, 20n]]);
  });

  it('takes every bar of a snapshot but the newest for closed, oldest first', () => {
    const closer = new BarCloser();
    expect(told(closer.observeAll('A', [bar(3, 3n), bar(1, 1n), bar(2, 2n)]))).toEqual([
      [1, 0, true, 1n],
      [2, 0, true, 2n],
      [3, 0, false, 3n],
    ]);
  });

  it('says once how a window closed when a second snapshot says it too', () => {
    const closer = new BarCloser();
    closer.observe('A', bar(1, 10n));
    expect(told(closer.observeAll('A', [bar(1, 11n), bar(2, 2n)]))).toEqual([
      [1, 1, true, 11n],
      [2, 0, false, 2n],
    ]);
  });

  it('passes a correction of a closed window on as a further, final statement', () => {
    const closer = new BarCloser();
    closer.observe('A', bar(1, 10n));
    closer.observe('A', bar(2, 20n));
    expect(told(closer.observe('A', bar(1, 15n)))).toEqual([[1, 2, true, 15n]]);
  });

  it('makes the records of bars sent at once, listing by listing', () => {
    const [a, b] = [testListing('test', 'A'), testListing('test', 'B')];
    const records = new BarCloser().records(testContext('test', ['A', 'B']), [
      [a, bar(1, 1n)],
      [b, bar(1, 2n)],
      [a, bar(2, 3n)],
    ]);
    expect(records.map((one) => [one.venueSymbol, one.close, one.final, one.ordinal])).toEqual([
      ['A', 1n, true, 1],
      ['A', 3n, false, 2],
      ['B', 2n, false, 3],
    ]);
  });
});

describe('BarRevisions', () => {
  it('forgets the oldest windows of a symbol beyond its limit', () => {
    const revisions = new BarRevisions();
    for (let window = 0; window < 1_030; window++) expect(revisions.next('A', window)).toBe(0);
    expect(revisions.next('A', 1_029)).toBe(1);
    expect(revisions.next('A', 0)).toBe(0);
  });
});
