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

describe.skipIf(!RECORDINGS_PRESENT)('Binance recordings (../shared/realdata)', () => {
  for (const path of ['frames/binance-2021-04-17.jsonl.gz', 'frames/binance-2021-08-14.jsonl.gz']) {
    describe(path, () => {
      const oracle = RECORDINGS_PRESENT ? readOracle(path) : undefined;
      const symbols = new Set([...Object.keys(oracle?.trades ?? {}), ...Object.keys(oracle?.quotes ?? {})]);
      const klineSymbols = ['STEEMETH'];
      const parse = (): ReturnType<typeof parseAll> =>
        parseAll(createParser(testContext('binance', [...symbols, ...klineSymbols])), recordedFrames(path));

      it('parses every frame without refusing one', () => {
        const parsed = parse();
        expect(parsed.frames).toBe(Object.values(oracle?.channels ?? {}).reduce((sum, n) => sum + n, 0));
        expect(parsed.refusals).toEqual([]);
        expect(parsed.errors).toEqual([]);
        expect(parsed.resyncs).toEqual([]);
      });

      it('tells the trades of the oracle: counts, ids, taker sides, exact sums, times', () => {
        const { trades } = parse();
        expect(tallyTrades(trades)).toEqual(comparableOracle(oracle?.trades ?? {}));
        expect(trades.every((trade) => trade.idKind === 'AGGREGATE' && (trade.fills ?? 0) >= 1)).toBe(true);
      });

      it('tells the quotes of the oracle, numbered by the book and without a time', () => {
        const { quotes } = parse();
        for (const [symbol, expected] of Object.entries(oracle?.quotes ?? {})) {
          const own = quotes.filter((quote) => quote.venueSymbol === symbol);
          expect(own).toHaveLength(expected.count);
          expect([own[0]?.firstId, own.at(-1)?.lastId]).toEqual([
            String(expected.first_u),
            String(expected.last_u),
          ]);
        }
        expect(quotes).toHaveLength(oracle?.channels['bookTicker'] ?? -1);
        expect(quotes.every((quote) => quote.eventTime === null && quote.idKind === 'UPDATE')).toBe(true);
        expect(quotes.filter((quote) => (quote.bid ?? 0n) > (quote.ask ?? 0n))).toEqual([]);
      });

      it('tells every kline with the closed ones final', () => {
        const { bars } = parse();
        expect(bars).toHaveLength(oracle?.klines.messages ?? -1);
        expect(bars.filter((bar) => bar.final)).toHaveLength(oracle?.klines.closed ?? -1);
      });

      it('numbers the records of the session 1, 2, 3, … whatever their kind', () => {
        const { trades, quotes, bars } = parse();
        const ordinals = [...trades, ...quotes, ...bars]
          .map((record) => record.ordinal)
          .sort((a, b) => a - b);
        expect(ordinals).toEqual(ordinals.map((_, index) => index + 1));
      });
    });
  }

  interface Pair {
    readonly message: unknown;
    readonly expected: readonly Expected[];
  }
  interface Expected {
    readonly type: string;
    readonly symbol: string;
    readonly id?: string;
    readonly price?: number;
    readonly amount?: number;
    readonly side?: string;
    readonly timestamp: string;
    readonly bidPrice?: number;
    readonly bidAmount?: number;
    readonly askPrice?: number;
    readonly askAmount?: number;
  }

  it('agrees with another normaliser wherever both define a field', () => {
    const pairs = readRecordedLines('tardis/binance.jsonl') as Pair[];
    const symbols = pairs.flatMap((pair) => pair.expected.map((expected) => expected.symbol));
    let compared = 0;
    for (const { message, expected } of pairs) {
      const parser = createParser(testContext('binance', symbols));
      const parsed = parser.parse(JSON.stringify(message), 0);
      expect(parsed.refusals).toEqual([]);
      // Left out on purpose: `book_change` (depth is not kept) and a book ticker's time, which is the receive time there.
      for (const want of expected.filter(({ type }) => type === 'trade')) {
        const trade = parsed.trades[0];
        expect(trade).toMatchObject({
          venueSymbol: want.symbol,
          firstId: want.id,
          price: parseFixed(String(want.price)),
          size: parseFixed(String(want.amount)),
          side: want.side?.toUpperCase(),
        });
        expect(formatMicros(trade?.eventTime ?? 0)).toBe(want.timestamp.replace('Z', '000Z'));
        compared++;
      }
      for (const want of expected.filter(({ type }) => type === 'book_ticker')) {
        expect(parsed.quotes[0]).toMatchObject({
          venueSymbol: want.symbol,
          bid: parseFixed(String(want.bidPrice)),
          bidSize: parseFixed(String(want.bidAmount)),
          ask: parseFixed(String(want.askPrice)),
          askSize: parseFixed(String(want.askAmount)),
        });
        compared++;
      }
    }
    expect(compared).toBe(3);
  });
});
