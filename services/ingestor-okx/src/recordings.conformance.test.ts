import { formatFixed, formatMicros, parseFixed } from '@concord/model';
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

const RECORDING = 'frames/okx-2022-05-13.jsonl.gz';

describe.skipIf(!RECORDINGS_PRESENT)('OKX recordings (../shared/realdata)', () => {
  describe(RECORDING, () => {
    const oracle = RECORDINGS_PRESENT ? readOracle(RECORDING) : undefined;
    const symbols = Object.keys(oracle?.trades ?? {});
    const parse = (): ReturnType<typeof parseAll> =>
      parseAll(createParser(testContext('okx', symbols)), recordedFrames(RECORDING));

    it('parses every frame without refusing one', () => {
      const parsed = parse();
      expect(parsed.frames).toBe(Object.values(oracle?.channels ?? {}).reduce((sum, n) => sum + n, 0));
      expect(parsed.refusals).toEqual([]);
      expect(parsed.errors).toEqual([]);
      expect(parsed.resyncs).toEqual([]);
      expect(parsed.acks).toHaveLength(oracle?.channels['(event)'] ?? -1);
    });

    it('tells the trades of the oracle: counts, ids, taker sides, exact sums, times', () => {
      const { trades } = parse();
      const tallied = tallyTrades(trades);
      // The oracle calls all of them live. The first of each symbol came with the subscription and is what the venue had.
      const told = Object.fromEntries(
        Object.entries(tallied).map(([symbol, one]) => [
          symbol,
          { ...one, live: one.live + one.snapshot, snapshot: 0 },
        ]),
      );
      const expected = Object.entries(comparableOracle(oracle?.trades ?? {})).map(([symbol, one]) => [
        symbol,
        // It writes 100 as 1E+2.
        { ...one, qty: formatFixed(parseFixed(one.qty ?? '') ?? 0n) },
      ]);
      expect(told).toEqual(Object.fromEntries(expected));
      expect(Object.values(tallied).map(({ snapshot }) => snapshot)).toEqual(symbols.map(() => 1));
      expect(trades.every((trade) => trade.idKind === 'TRADE' && trade.fills === null)).toBe(true);
    });

    it('tells the quotes of the oracle, which are those of the tickers', () => {
      const { quotes } = parse();
      for (const [symbol, expected] of Object.entries(oracle?.quotes ?? {})) {
        const own = quotes.filter((quote) => quote.venueSymbol === symbol);
        expect(own).toHaveLength(expected.count);
        expect(own.filter((quote) => (quote.bid ?? 0n) > (quote.ask ?? 0n))).toHaveLength(expected.crossed);
      }
      expect(quotes).toHaveLength(oracle?.channels['tickers'] ?? -1);
    });

    it('numbers the records of the session 1, 2, 3, … whatever their kind', () => {
      const { trades, quotes, bars } = parse();
      const ordinals = [...trades, ...quotes, ...bars].map(({ ordinal }) => ordinal).sort((a, b) => a - b);
      expect(ordinals).toEqual(ordinals.map((_, index) => index + 1));
    });
  });

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
  interface Pair {
    readonly message: { readonly table?: string };
    readonly expected: readonly Expected[];
  }

  it('agrees with another normaliser wherever both define a field', () => {
    const pairs = readRecordedLines('tardis/okex.jsonl') as Pair[];
    const symbols = pairs.flatMap((pair) => pair.expected.map((expected) => expected.symbol));
    let compared = 0;
    // Left out on purpose: the frames of API v3 (`table`), which the venue retired in 2021, and `book_change` (depth is not kept).
    for (const { message, expected } of pairs.filter((pair) => pair.message.table === undefined)) {
      const parsed = createParser(testContext('okx', symbols)).parse(JSON.stringify(message), 0);
      expect(parsed.refusals).toEqual([]);
      for (const want of expected.filter(({ type }) => type === 'trade')) {
        const trade = parsed.trades[0];
        expect(trade).toMatchObject({
          venueSymbol: want.symbol,
          lastId: want.id,
          price: parseFixed(String(want.price)),
          size: parseFixed(String(want.amount)),
          side: want.side?.toUpperCase(),
        });
        expect(formatMicros(trade?.eventTime ?? 0)).toBe(want.timestamp.replace('Z', '000Z'));
        compared++;
      }
      for (const want of expected.filter(({ type }) => type === 'book_ticker')) {
        const quote = parsed.quotes[0];
        expect(quote).toMatchObject({
          venueSymbol: want.symbol,
          bid: parseFixed(String(want.bidPrice)),
          bidSize: parseFixed(String(want.bidAmount)),
          ask: parseFixed(String(want.askPrice)),
          askSize: parseFixed(String(want.askAmount)),
        });
        expect(formatMicros(quote?.eventTime ?? 0)).toBe(want.timestamp.replace('Z', '000Z'));
        compared++;
      }
    }
    expect(compared).toBe(3);
  });
});
