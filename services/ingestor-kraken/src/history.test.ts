import type { RawBar, RawTrade } from '@concord/codec';
import { windowStart } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import { HistoryFailed, NotOffered } from '@concord/sources';
import {
  collect,
  readRecording,
  RECORDINGS_PRESENT,
  testContext,
  testListing,
  TestRestServer,
} from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { KrakenHistory, readBars, readTrades } from './history.ts';

const clock = new SystemClock({ speed: 1_000 });
const listing = testListing('kraken', 'BTC/USD');
const context = testContext('kraken', ['BTC/USD']);
const START = 1_767_225_600;

/** Trade `id` at `id` hundredths of a second, as a row with numbers as Kraken writes them. */
function row(id: number): string {
  const time = `${START + Math.floor(id / 100)}.${String(id % 100).padStart(2, '0')}12345`;
  return `["65083.50000","0.00010000",${time},"s","l","",${id}]`;
}

describe('Kraken history', () => {
  it('pages trades by its cursor in nanoseconds, without a loss or a repetition', async () => {
    await using server = await TestRestServer.start((url) => {
      const since = BigInt(url.searchParams.get('since') ?? 0);
      const nanoseconds = (id: number): bigint => BigInt(START * 100 + id) * 10_000_000n + 1_234_500n;
      let first = 0;
      while (nanoseconds(first) <= since) first++;
      const last = Math.min(2_600, first + 1_000);
      const rows = Array.from({ length: last - first }, (_, index) => row(first + index));
      return `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"${nanoseconds(last - 1)}"}}`;
    });
    const history = new KrakenHistory(server.url, { clock, replica: 'r1' });
    const pages = history.pages(listing, 'trades', null, START * 1e6, (START + 25) * 1e6, undefined);
    const trades = (await collect(pages)) as RawTrade[];
    expect(trades.map(({ firstId }) => Number(firstId))).toEqual(
      Array.from({ length: 2_500 }, (_, id) => id),
    );
    expect(server.requests).toHaveLength(3);
    expect(trades[101]).toMatchObject({
      origin: 'BACKFILL',
      side: 'SELL',
      eventTime: (START + 1) * 1e6 + 11_234,
      eventTimePrecision: 'NANOSECOND',
    });
  });

  it('says what it does not offer, what the venue refuses and what it cannot read', async () => {
    const history = new KrakenHistory('http://x', { clock, replica: 'r1' });
    expect(() => history.pages(listing, 'quotes', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => history.pages(listing, 'bars', '1s', 0, 1, undefined)).toThrow(NotOffered);
    await using server = await TestRestServer.start(() => '{"error":["EQuery:Unknown asset pair"]}');
    const refused = new KrakenHistory(server.url, { clock, replica: 'r1' });
    await expect(collect(refused.pages(listing, 'bars', '1m', 0, 1, undefined))).rejects.toThrow(
      /Unknown asset pair/,
    );
    for (const text of [
      '',
      '[]',
      '{}',
      '{"error":[],"result":{"X":7}}',
      '{"error":[],"result":{"X":[[1,2]]}}',
    ]) {
      expect(() => readBars(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
      expect(() => readTrades(text, context, listing, 0)).toThrow(HistoryFailed);
    }
  });

  it.skipIf(!RECORDINGS_PRESENT)(
    "reads recorded trades that add up to the venue's own candles, minute by minute",
    () => {
      const { trades } = readTrades(readRecording('kraken/trades.json'), context, listing, 0);
      const bars: RawBar[] = readBars(readRecording('kraken/ohlc-1m.json'), context, listing, '1m', 0);
      expect(trades.map(({ firstId }) => firstId)).toEqual(
        Array.from({ length: 1_000 }, (_, index) => String(10_218_208 + index)),
      );
      const byMinute = Map.groupBy(trades, (trade) => windowStart(trade.eventTime ?? 0, '1m'));
      // The first and the last minute are cut off by the recording.
      const minutes = [...byMinute.keys()].sort((a, b) => a - b).slice(1, -1);
      let compared = 0;
      for (const start of minutes) {
        const bar = bars.find((one) => one.start === start);
        if (bar === undefined) continue;
        const own = byMinute.get(start) ?? [];
        expect(own.reduce((sum, { size }) => sum + size, 0n)).toBe(bar.volume);
        expect([own.length, own[0]?.price, own.at(-1)?.price]).toEqual([bar.tradeCount, bar.open, bar.close]);
        compared++;
      }
      expect(compared).toBeGreaterThan(250);
    },
  );
});
