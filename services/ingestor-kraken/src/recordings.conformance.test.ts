import { parseFixed, parseRfc3339 } from '@concord/model';
import {
  parseAll,
  readRecordedLines,
  readRecording,
  recordedFrames,
  RECORDINGS_PRESENT,
  testContext,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

describe.skipIf(!RECORDINGS_PRESENT)('Kraken v2 recordings (../shared/realdata)', () => {
  it('parses every recorded frame without refusing one', () => {
    const parsed = parseAll(
      createParser(testContext('kraken', ['BTC/USD'])),
      recordedFrames('frames/kraken-v2-2026-08-26.jsonl'),
    );
    expect(parsed.frames).toBe(24);
    expect(parsed.refusals).toEqual([]);
    expect(parsed.errors).toEqual([]);
    expect(parsed.acks).toEqual(['book:BTC/USD', 'trade:BTC/USD']);
    expect(parsed.heartbeats).toBe(1);
  });

  interface Pair {
    readonly message: { readonly channel: string };
    readonly expected: readonly Record<string, unknown>[];
  }

  it('agrees with another normaliser wherever both define a field', () => {
    const pairs = readRecordedLines('tardis/kraken_v2.jsonl') as Pair[];
    // The messages' own text: a number's text must come from the line, not from a parsed number.
    const texts = readRecording('tardis/kraken_v2.jsonl')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(line.indexOf('"message":') + 10, line.indexOf(',"expected":')));
    let compared = 0;
    for (const [index, { message, expected }] of pairs.entries()) {
      const parsed = createParser(testContext('kraken', ['BTC/USD', 'AAPLx/USD', 'ANETx/USD'])).parse(
        texts[index] ?? '',
        0,
      );
      expect(parsed.refusals).toEqual([]);
      if (expected.length === 0 && message.channel === 'ticker') expect(parsed.quotes).toEqual([]);
      // Differences on purpose: a trade snapshot is told here (origin SNAPSHOT); books are not kept.
      if (expected.length === 0 && message.channel === 'trade')
        expect(parsed.trades[0]?.origin).toBe('SNAPSHOT');
      for (const want of expected.filter(({ type }) => type === 'trade')) {
        expect(parsed.trades[0]).toMatchObject({
          venueSymbol: want['symbol'],
          firstId: want['id'],
          price: parseFixed(String(want['price'])),
          size: parseFixed(String(want['amount'])),
          side: String(want['side']).toUpperCase(),
          eventTime: parseRfc3339(String(want['timestamp'])),
        });
        compared++;
      }
      for (const want of expected.filter(({ type }) => type === 'book_ticker')) {
        expect(parsed.quotes[0]).toMatchObject({
          venueSymbol: want['symbol'],
          bid: parseFixed(String(want['bidPrice'])),
          bidSize: parseFixed(String(want['bidAmount'])),
          ask: parseFixed(String(want['askPrice'])),
          askSize: parseFixed(String(want['askAmount'])),
          eventTime: parseRfc3339(String(want['timestamp'])),
        });
        compared++;
      }
    }
    expect(compared).toBe(2);
  });
});
