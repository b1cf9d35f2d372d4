import type { RawTrade } from '@concord/codec';
import { formatMicros, parseFixed } from '@concord/model';
import {
  comparableOracle,
  parseAll,
  readOracle,
  readRecordedLines,
  recordedFrames,
  RECORDINGS_PRESENT,
  tallyTrades,
  testContext,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const SYMBOLS = [
  'BTCUSDT ETHUSDT SOLUSDT DOGEUSDT BANDUSDT RADUSDT SNTUSDT AIOZUSDT',
  'OPUSDC TUSDUSDT KCSUSDT CPOOLUSDT ARBUSDC MASAUSDT',
].flatMap((line) => line.split(' '));

describe.skipIf(!RECORDINGS_PRESENT)('Bybit v5 recordings (../shared/realdata)', () => {
  for (const path of ['frames/bybit-2026-08-09.jsonl.gz', 'frames/bybit-2025-06-13.jsonl.gz']) {
    describe(path, () => {
      const oracle = RECORDINGS_PRESENT ? readOracle(path) : undefined;
      // One session for each category, as there was one connection.
      const parsed = RECORDINGS_PRESENT
        ? [...Map.groupBy(recordedFrames(path), (frame) => frame.path?.split('/').at(-1) ?? '')].map(
            ([category, frames]) => ({
              category,
              ...parseAll(createParser(testContext('bybit', SYMBOLS)), frames),
            }),
          )
        : [];
      const count = (of: (one: (typeof parsed)[number]) => number): number =>
        parsed.reduce((sum, one) => sum + of(one), 0);

      it('holds frames of spot and of contracts, of which none is refused', () => {
        expect(parsed.map(({ category }) => category).sort()).toEqual(['linear', 'spot']);
        expect(count(({ frames }) => frames)).toBe(
          Object.values(oracle?.channels ?? {}).reduce((sum, n) => sum + n, 0),
        );
        for (const { refusals, errors, resyncs } of parsed)
          expect([refusals, errors, resyncs]).toEqual([[], [], []]);
      });

      it('tells the trades of the oracle: counts, taker sides, exact sums, times', () => {
        const trades = parsed.flatMap(({ category, trades: own }) =>
          own.map((trade): RawTrade => ({ ...trade, venueSymbol: `${category}:${trade.venueSymbol}` })),
        );
        const withoutIds = <T extends object>(tallied: Record<string, T>): Record<string, object> =>
          Object.fromEntries(
            Object.entries(tallied).map(([symbol, tally]) => [symbol, { ...tally, first_id: 0, last_id: 0 }]),
          );
        expect(withoutIds(tallyTrades(trades))).toEqual(withoutIds(comparableOracle(oracle?.trades ?? {})));
        for (const { idKind, venueSequence, conditions } of trades) {
          expect([idKind, conditions]).toEqual(['OPAQUE', []]);
          expect(venueSequence).toBeGreaterThan(0);
        }
      });

      it('tells the top of each book once for each of its numbers, and none that is crossed', () => {
        const quotes = count((one) => one.quotes.length);
        const { messages = 0, resent_same_u: resent = 0 } = bookOf(oracle);
        const isTop = oracle?.channels['orderbook.1'] !== undefined;
        expect([quotes, count(({ heartbeats }) => heartbeats)]).toEqual(
          isTop ? [messages - resent, resent] : [0, 0],
        );
        for (const { quotes: own } of parsed) {
          expect(own.filter(({ bid, ask }) => (bid ?? 0n) >= (ask ?? 0n))).toEqual([]);
          const bySymbol = Map.groupBy(own, ({ venueSymbol }) => venueSymbol);
          for (const ofOne of bySymbol.values()) {
            const numbers = ofOne.map(({ firstId }) => Number(firstId));
            expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? NaN) + index));
            expect(ofOne.map(({ origin }) => origin === 'SNAPSHOT').indexOf(true, 1)).toBe(-1);
          }
        }
      });

      it('tells every candle with the closed ones final', () => {
        const bars = parsed.flatMap((one) => one.bars);
        expect(bars.length).toBeGreaterThanOrEqual(oracle?.channels['kline.1'] ?? 0);
        expect(bars.filter(({ final }) => final)).toHaveLength(closedOf(oracle));
      });
    });
  }

  interface Pair {
    readonly mapperFrom: string;
    readonly message: { readonly event?: string; readonly code?: string };
    readonly expected: readonly Record<string, unknown>[];
  }

  it('agrees with another normaliser wherever both define a field', () => {
    // Frames of the spot protocol before version 5 are left out: it is not spoken any more.
    const pairs = (readRecordedLines('tardis/bybit_spot.jsonl') as Pair[]).filter(
      ({ mapperFrom }) => mapperFrom >= '2023',
    );
    const parser = createParser(testContext('bybit', ['BTCUSDT', 'BTCUSDC']));
    let compared = 0;
    for (const { message, expected } of pairs) {
      const parsed = parser.parse(JSON.stringify(message), 0);
      expect(parsed.refusals).toEqual([]);
      const trades = expected.filter(({ type }) => type === 'trade');
      expect(parsed.trades).toMatchObject(
        trades.map((want) => ({
          venueSymbol: want['symbol'],
          firstId: want['id'],
          price: parseFixed(String(want['price'])),
          size: parseFixed(String(want['amount'])),
          side: String(want['side']).toUpperCase(),
        })),
      );
      // Left out on purpose: `book_change`, since deeper books are not kept.
      const tops = expected.filter(({ type }) => type === 'book_ticker');
      expect(parsed.quotes).toMatchObject(
        tops.map((want) => ({
          venueSymbol: want['symbol'],
          bid: parseFixed(String(want['bidPrice'])),
          bidSize: parseFixed(String(want['bidAmount'])),
          ask: parseFixed(String(want['askPrice'])),
          askSize: parseFixed(String(want['askAmount'])),
        })),
      );
      const times = [...parsed.trades, ...parsed.quotes].map(({ eventTime }) => formatMicros(eventTime ?? 0));
      const wanted = [...trades, ...tops].map((want) => String(want['timestamp']).replace('Z', '000Z'));
      expect(times).toEqual(wanted);
      compared += wanted.length;
    }
    expect(compared).toBe(7);
  });
});

function bookOf(oracle: unknown): { messages?: number; resent_same_u?: number } {
  return (oracle as { book?: { messages: number; resent_same_u: number } } | undefined)?.book ?? {};
}

/** Closed candles; the oracle counts none where the recording has no candles. */
function closedOf(oracle: unknown): number {
  return (oracle as { klines?: { closed: number } } | undefined)?.klines?.closed ?? 0;
}
