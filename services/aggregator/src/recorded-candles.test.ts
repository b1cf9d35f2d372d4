import { existsSync, readFileSync } from 'node:fs';
import { formatFixed, parseFixed, type Micros } from '@concord/model';
import { configurationOf, trade } from '@concord/fusion/testing';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';
import { barsOf, codec, foldAll, inputs, type Step } from './testing.ts';

// Kraken's own one-minute candles and the trades of the same hours, recorded 2025-11-10.
const FOLDER = new URL('../../../../shared/realdata/kraken/', import.meta.url);

type TradeRow = [
  price: string,
  size: string,
  time: number,
  side: 'b' | 's',
  type: string,
  misc: string,
  id: number,
];
type CandleRow = [
  time: number,
  open: string,
  high: string,
  low: string,
  close: string,
  vwap: string,
  volume: string,
  count: number,
];

function rows<T>(file: string): T[] {
  // Prices and sizes are texts in these files; times are doubles that keep a tenth of a microsecond.
  const content = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { result: { XBTUSDT: T[] } };
  return content.result.XBTUSDT;
}

function stepOf([price, size, time, side, , , id]: TradeRow): Step {
  const at: Micros = Math.floor(time * 1_000_000);
  const more = { idKind: 'TRADE', lastId: String(id), firstId: String(id) } as const;
  return {
    at: Math.ceil(at / 1_000) * 1_000,
    content: trade('kraken', price, size, at, { ...more, side: side === 'b' ? 'BUY' : 'SELL' }),
  };
}

/** One session marker a second, as an ingestor writes them. */
function signsOfLife(from: Micros, to: Micros): Step[] {
  const marker = { type: 'session', source: 'kraken', session: 'kraken-1', state: 'live' } as const;
  const count = Math.ceil((to - from) / 1_000_000);
  return Array.from({ length: count }, (_, second) => {
    const at = from + second * 1_000_000;
    return { at, content: { ...marker, receiveTime: at } };
  });
}

const plain = (text: string): string => formatFixed(parseFixed(text) ?? -1n);

describe.skipIf(!existsSync(FOLDER))('tape bars of a recording', () => {
  it("equal the venue's own one-minute candles in open, high, low, close, volume and count", () => {
    const trades = rows<TradeRow>('trades.json');
    const first = stepOf(trades[0] as TradeRow).at;
    const last = stepOf(trades.at(-1) as TradeRow).at;
    const content = configurationOf({ sources: ['kraken'] });
    const steps = [
      { at: first - 1_000_000, content: { type: 'config', version: 1, digest: '', content } } as Step,
      ...trades.map(stepOf),
      ...signsOfLife(first, last + 120_000_000),
    ].sort((a, b) => a.at - b.at);
    const outputs = foldAll(new AggregatorFold('trades', codec), inputs(steps));
    const minutes = new Map(
      barsOf(outputs)
        .filter(({ interval, revision }) => interval === '1m' && revision === 0)
        .map((bar) => [bar.start / 1_000_000, bar]),
    );
    let equal = 0;
    let empty = 0;
    for (const [time, open, high, low, close, , volume, count] of rows<CandleRow>('ohlc-1m.json')) {
      // Minutes that begin before the first trade or end after the last are not wholly recorded.
      if (time * 1_000_000 < first || (time + 60) * 1_000_000 > last) continue;
      const bar = minutes.get(time);
      if (count === 0) {
        expect(bar).toBeUndefined();
        empty++;
        continue;
      }
      const { open: o, high: h, low: l, close: c, volume: v, trades: n } = bar ?? {};
      expect([...[o, h, l, c, v].map((value) => formatFixed(value ?? -1n)), n]).toEqual([
        ...[open, high, low, close, volume].map(plain),
        count,
      ]);
      equal++;
    }
    expect([equal, empty]).toEqual([272, 137]);
    expect(minutes.get(Math.floor(first / 60_000_000) * 60)?.partial).toBe(true);
    expect([...minutes.values()].filter(({ partial }) => partial)).toHaveLength(1);
  });
});
