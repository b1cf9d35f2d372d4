import type { RawBar } from '@concord/codec';
import { SystemClock } from '@concord/runtime';
import { HistoryFailed, NotOffered } from '@concord/sources';
import { collect, testContext, testListing, TestRestServer } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { CoinbaseHistory, readCandles } from './history.ts';

const clock = new SystemClock({ speed: 100 });
const listing = testListing('coinbase', 'BTC-USD');
const START = 1_767_225_600;

function candle(start: number): object {
  return { start: String(start), low: '1', high: '4', open: '2', close: '3', volume: '0.5' };
}

describe('Coinbase history', () => {
  it('pages candles by time, oldest first, and leaves windows without a trade out', async () => {
    await using server = await TestRestServer.start((url) => {
      const start = Number(url.searchParams.get('start'));
      const end = Number(url.searchParams.get('end'));
      const candles: object[] = [];
      // Newest first, as the venue sends them; every seventh minute had no trade.
      for (let at = end; at >= start; at -= 60) if ((at / 60) % 7 !== 0) candles.push(candle(at));
      return { candles };
    });
    const history = new CoinbaseHistory(server.url, { clock, replica: 'r1' });
    const to = START + 800 * 60;
    const bars = (await collect(
      history.pages(listing, 'bars', '1m', START * 1e6, to * 1e6, undefined),
    )) as RawBar[];
    const expected = Array.from({ length: 800 }, (_, minute) => START + minute * 60).filter(
      (at) => (at / 60) % 7 !== 0,
    );
    expect(bars.map(({ start }) => start / 1e6)).toEqual(expected);
    expect(server.requests).toHaveLength(3);
    const [first] = server.requests;
    expect(first?.pathname).toBe('/api/v3/brokerage/market/products/BTC-USD/candles');
    expect(first?.searchParams.get('granularity')).toBe('ONE_MINUTE');
    expect(bars[0]).toMatchObject({ origin: 'BACKFILL', final: true, tradeCount: null });
  });

  it('says what it does not offer and what it cannot read', () => {
    const history = new CoinbaseHistory('http://x', { clock, replica: 'r1' });
    expect(() => history.pages(listing, 'trades', null, 0, 1, undefined)).toThrow(NotOffered);
    expect(() => history.pages(listing, 'bars', '4h', 0, 1, undefined)).toThrow(NotOffered);
    const context = testContext('coinbase', ['BTC-USD']);
    for (const text of [
      '',
      '[]',
      '{"candles":7}',
      '{"candles":[{"start":5}]}',
      '{"candles":[{"start":"5","low":1}]}',
    ]) {
      expect(() => readCandles(text, context, listing, '1m', 0)).toThrow(HistoryFailed);
    }
  });
});
