import { formatFixed } from '@concord/model';
import {
  comparableOracle,
  parseAll,
  readOracle,
  recordedFrames,
  RECORDINGS_PRESENT,
  tallyTrades,
  testContext,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const PATH = 'frames/coinbase-advanced-2026-08-09.jsonl.gz';
const PRODUCTS = ['BTC-USD', 'ETH-USD'];

interface TickerFrame {
  readonly events: readonly {
    readonly tickers: readonly {
      readonly product_id: string;
      readonly best_bid: string;
      readonly best_ask: string;
    }[];
  }[];
}

// The pairs in tardis/coinbase.jsonl are of the older Exchange protocol, which this ingestor does not speak.
describe.skipIf(!RECORDINGS_PRESENT)('Coinbase Advanced Trade recording (../shared/realdata)', () => {
  const oracle = RECORDINGS_PRESENT ? readOracle(PATH) : undefined;
  const parse = (): ReturnType<typeof parseAll> =>
    parseAll(createParser(testContext('coinbase', PRODUCTS)), recordedFrames(PATH));

  it('parses every frame without refusing one and finds its sequence whole', () => {
    const parsed = parse();
    expect(parsed.frames).toBe(Object.values(oracle?.channels ?? {}).reduce((sum, n) => sum + n, 0));
    expect(parsed.refusals).toEqual([]);
    expect(parsed.errors).toEqual([]);
    expect(parsed.resyncs).toEqual([]);
    expect(parsed.heartbeats).toBe(oracle?.channels['heartbeats']);
  });

  it('confirms the streams subscribed to', () => {
    const keys = new Set(parse().acks);
    for (const product of PRODUCTS) {
      for (const channel of ['market_trades', 'candles', 'level2'])
        expect(keys).toContain(`${channel}:${product}`);
    }
  });

  it('tells the trades of the oracle: counts, snapshot and live, ids, taker sides, exact sums, times', () => {
    expect(tallyTrades(parse().trades)).toEqual(comparableOracle(oracle?.trades ?? {}));
  });

  it('publishes trades oldest first, so that the ids of a product follow each other', () => {
    const { trades } = parse();
    for (const product of PRODUCTS) {
      const ids = trades
        .filter((trade) => trade.venueSymbol === product)
        .map((trade) => Number(trade.firstId));
      expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? NaN) + index));
    }
  });

  it('tells a quote for each change of the top and none that is crossed', () => {
    const { quotes } = parse();
    for (const product of PRODUCTS) {
      const own = quotes.filter((quote) => quote.venueSymbol === product);
      expect(own.length).toBeGreaterThan(20);
      expect(own.filter((quote) => (quote.bid ?? 0n) >= (quote.ask ?? 0n))).toEqual([]);
      expect(own.filter((quote) => quote.origin === 'SNAPSHOT')).toHaveLength(1);
      for (const [index, quote] of own.entries()) {
        const previous = own[index - 1];
        if (previous === undefined) continue;
        const top = (of: typeof quote): unknown[] => [of.bid, of.bidSize, of.ask, of.askSize];
        expect(top(quote)).not.toEqual(top(previous));
        expect(quote.eventTime ?? 0).toBeGreaterThanOrEqual(previous.eventTime ?? 0);
      }
    }
  });

  it("has told each best bid and ask that the venue's ticker tells, and holds the last of them when it comes", () => {
    const parser = createParser(testContext('coinbase', PRODUCTS));
    const held = new Map<string, string>();
    const told = new Set<string>();
    const heldAtTicker = new Map<string, string | undefined>();
    const tickers: string[] = [];
    for (const { text, receiveTime } of recordedFrames(PATH)) {
      for (const quote of parser.parse(text, receiveTime).quotes) {
        const top = `${formatFixed(quote.bid ?? 0n)} ${formatFixed(quote.ask ?? 0n)}`;
        held.set(quote.venueSymbol, top);
        told.add(`${quote.venueSymbol} ${top}`);
      }
      if (!text.startsWith('{"channel":"ticker"')) continue;
      const { events } = JSON.parse(text) as TickerFrame;
      for (const ticker of events.flatMap((event) => event.tickers)) {
        tickers.push(`${ticker.product_id} ${ticker.best_bid} ${ticker.best_ask}`);
        heldAtTicker.set(ticker.product_id, held.get(ticker.product_id));
      }
    }
    expect(tickers).toHaveLength(oracle?.channels['ticker'] ?? -1);
    expect(tickers.filter((top) => !told.has(top))).toEqual([]);
    for (const product of PRODUCTS) {
      const expected = oracle?.quotes[product];
      expect(heldAtTicker.get(product)).toBe(`${expected?.last_bid} ${expected?.last_ask}`);
    }
  });

  it('tells each candle, closed where a later one has been stated', () => {
    const { bars } = parse();
    expect(bars.length).toBeGreaterThan(100);
    for (const product of PRODUCTS) {
      const own = bars.filter((bar) => bar.venueSymbol === product);
      const newest = Math.max(...own.map((bar) => bar.start));
      expect(own.every((bar) => bar.final === bar.start < newest && bar.interval === '5m')).toBe(true);
      const statements = new Map<number, number[]>();
      for (const bar of own) statements.set(bar.start, [...(statements.get(bar.start) ?? []), bar.revision]);
      for (const revisions of statements.values())
        expect(revisions).toEqual(revisions.map((_, index) => index));
    }
  });
});
