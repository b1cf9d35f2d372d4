import { SystemClock } from '@concord/runtime';
import { RECORDINGS_PRESENT, recordedFrames } from '@concord/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../server/testing/client.ts';
import { TestVenues } from '../server/testing/venues.ts';
import { bookChecksum, type LevelText } from './book.ts';
import { pairNames } from './rest.ts';

interface Trade {
  readonly trade_id: number;
  readonly side: string;
  readonly price: number;
}
interface Frame {
  readonly channel?: string;
  readonly type?: string;
  readonly method?: string;
  readonly error?: string;
  readonly success?: boolean;
  readonly req_id?: number;
  readonly data?: readonly Record<string, unknown>[];
}

const LEVEL = /\{"price":([\d.]+),"qty":([\d.]+)\}/g;

/** Keeps a book from the text of book frames and compares every checksum; gives the number compared. */
function checkBook(frames: readonly string[], depth = 10): number {
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
  const sorted = (side: 'bids' | 'asks'): LevelText[] =>
    [...sides[side]]
      .sort(([a], [b]) => (side === 'bids' ? Number(b) - Number(a) : Number(a) - Number(b)))
      .slice(0, depth);
  let compared = 0;
  for (const text of frames) {
    const [, bids, asks, checksum] = /"bids":\[(.*)\],"asks":\[(.*)\],"checksum":(\d+)/.exec(text) ?? [];
    if (checksum === undefined) continue;
    for (const [side, rows] of [['bids', bids] as const, ['asks', asks] as const]) {
      for (const [, price = '', qty = ''] of (rows ?? '').matchAll(LEVEL)) {
        if (Number(qty) === 0) sides[side].delete(price);
        else sides[side].set(price, qty);
      }
      sides[side] = new Map(sorted(side));
    }
    expect(bookChecksum(sorted('asks'), sorted('bids'))).toBe(Number(checksum));
    compared++;
  }
  return compared;
}

describe('the simulated Kraken', () => {
  let bench: TestVenues;
  beforeAll(async () => {
    bench = await TestVenues.open({ clock: new SystemClock({ speed: 10 }), limits: { requests: 'off' } });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const frames = (client: TestClient): Frame[] => client.parsed() as Frame[];
  const subscribe = (client: TestClient, params: Record<string, unknown>, reqId?: number): void =>
    client.send({ method: 'subscribe', params, req_id: reqId });

  it('greets with its status, acknowledges each symbol by itself, and answers a ping', async () => {
    const client = await bench.client('kraken');
    subscribe(client, { channel: 'trade', symbol: ['BTC/USDT', 'NO/NE', 'XRP/USDT'] }, 5);
    subscribe(client, { channel: 'trade', symbol: ['BTC/USDT'] });
    subscribe(client, { channel: 'gossip', symbol: ['BTC/USDT'] });
    subscribe(client, { channel: 'ticker', symbol: ['BTC/USDT'], event_trigger: 'xx' });
    client.send({ method: 'ping', req_id: 9 });
    client.send('{');
    await client.waitFor((text) => text.includes('Malformed'));
    expect(frames(client)[0]).toMatchObject({ channel: 'status', type: 'update' });
    const answers = frames(client).filter((frame) => frame.method !== undefined);
    expect(answers).toMatchObject([
      { method: 'subscribe', success: true, req_id: 5, result: { channel: 'trade', symbol: 'BTC/USDT' } },
      {
        method: 'subscribe',
        success: false,
        req_id: 5,
        symbol: 'NO/NE',
        error: 'Currency pair not supported NO/NE',
      },
      { method: 'subscribe', success: true, req_id: 5, result: { channel: 'trade', symbol: 'XRP/USDT' } },
      { method: 'subscribe', success: false, error: 'Already subscribed' },
      { method: 'subscribe', success: false, error: 'Channel not supported' },
      { method: 'subscribe', success: false },
      { method: 'pong', req_id: 9 },
      { success: false, error: 'Malformed request' },
    ]);
  });

  it('gives the last 50 trades where asked, then every id without a gap', async () => {
    const client = await bench.client('kraken');
    subscribe(client, { channel: 'trade', symbol: ['BTC/USDT'], snapshot: true });
    await client.until(() => client.frames.filter((text) => text.includes('"type":"update"')).length > 20);
    const trades = frames(client).filter((frame) => frame.channel === 'trade');
    expect(trades[0]?.type).toBe('snapshot');
    expect(trades[0]?.data).toHaveLength(50);
    const ids = trades.flatMap((frame) =>
      (frame.data ?? []).map((one) => (one as unknown as Trade).trade_id),
    );
    expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
  });

  it("writes numbers in the pair's precision, trailing zeros kept", async () => {
    const client = await bench.client('kraken');
    subscribe(client, { channel: 'ticker', symbol: ['BTC/USDT'], event_trigger: 'bbo' });
    // One price in ten ends in a zero, which stays.
    await client.until(
      () => client.frames.length > 40 && client.frames.some((text) => /"bid":\d+\.0,/.test(text)),
    );
    const texts = client.frames.filter((text) => text.startsWith('{"channel":"ticker"'));
    for (const text of texts) {
      expect(text).toMatch(/"bid":\d+\.\d,"bid_qty":\d+\.\d{8},"ask":\d+\.\d,"ask_qty":\d+\.\d{8},/);
      const [row] = (JSON.parse(text) as Frame).data ?? [];
      expect(Number(row?.['bid'])).toBeLessThan(Number(row?.['ask']));
    }
  });

  it('sends a book whose checksum a client that keeps the text of numbers arrives at after every frame', async () => {
    const client = await bench.client('kraken');
    subscribe(client, { channel: 'book', symbol: ['BTC/USDT'], depth: 10 });
    await client.until(() => client.frames.length > 300);
    expect(checkBook(client.frames)).toBeGreaterThan(250);
  });

  it.skipIf(!RECORDINGS_PRESENT)('computes the checksum that the venue itself sent', () => {
    const frames = recordedFrames('frames/kraken-v2-2026-08-26.jsonl').map((frame) => frame.text);
    expect(checkBook(frames, 25)).toBeGreaterThan(15);
  });

  it('is never silent for long while someone is subscribed', async () => {
    const client = await bench.client('kraken');
    subscribe(client, { channel: 'ohlc', symbol: ['XRP/USDT'], interval: 1_440 });
    await client.waitFor((text) => text === '{"channel":"heartbeat"}');
    const [candle] = frames(client).filter((frame) => frame.channel === 'ohlc');
    expect(candle?.data?.[0]).toMatchObject({ symbol: 'XRP/USDT', interval: 1_440 });
  });

  it('pages through trades by the nanosecond cursor: every id once, also where a page ends within a burst', async () => {
    const ids: number[] = [];
    let since = '0';
    for (let page = 0; page < 30; page++) {
      const { body } = await bench.get('kraken', `/0/public/Trades?pair=XBTUSDT&since=${since}&count=7`);
      const { XBTUSDT: rows, last } = (body as { result: { XBTUSDT: unknown[][]; last: string } }).result;
      ids.push(...rows.map((row) => Number(row[6])));
      since = last;
    }
    expect(ids.length).toBeGreaterThan(100);
    expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i));
  });

  it('gives at most 720 candles, flat where there was no trade, and errors as it does: with status 200', async () => {
    const { body } = await bench.get('kraken', '/0/public/OHLC?pair=XRP/USDT&interval=1');
    const rows = (body as { result: { XRPUSDT: number[][] } }).result.XRPUSDT;
    expect(rows).toHaveLength(720);
    expect(rows.map((row) => row[0])).toEqual(rows.map((_, i) => Number(rows[0]?.[0]) + i * 60));
    expect(await bench.get('kraken', '/0/public/OHLC?pair=NONE')).toMatchObject({
      status: 200,
      body: { error: ['EQuery:Unknown asset pair'] },
    });
  });

  it('names pairs in REST as the venue does', () => {
    expect(pairNames('BTC/USD')).toEqual({
      key: 'XXBTZUSD',
      altname: 'XBTUSD',
      wsname: 'XBT/USD',
      base: 'XXBT',
      quote: 'ZUSD',
    });
    expect(pairNames('BTC/USDT').key).toBe('XBTUSDT');
    expect(pairNames('SOL/USD')).toMatchObject({ key: 'SOLUSD', quote: 'ZUSD' });
  });
});
