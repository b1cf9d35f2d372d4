import { SystemClock } from '@concord/runtime';
import { readOracle, RECORDINGS_PRESENT, recordedFrames } from '@concord/testkit';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startVenues, type Venues, type VenuesOptions } from './index.ts';
import { instrumentsOfRecording } from './recording/instruments.ts';
import { TestClient } from './server/testing/client.ts';

const BINANCE = 'frames/binance-2021-04-17.jsonl.gz';
const COINBASE = 'frames/coinbase-advanced-2026-08-09.jsonl.gz';
const KRAKEN = 'kraken/trades.json';

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../shared/realdata/${name}`, import.meta.url));
}

describe.skipIf(!RECORDINGS_PRESENT)('a recording', () => {
  const open: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  async function play(name: string, more: Partial<VenuesOptions> = {}): Promise<Venues> {
    const venues = await startVenues({
      clock: new SystemClock({ speed: 20 }),
      seed: 1,
      instruments: [],
      recordings: [pathOf(name)],
      speed: 'max',
      ...more,
    });
    open.push(venues);
    return venues;
  }

  async function client(url: string | undefined): Promise<TestClient> {
    const one = await TestClient.connect(url ?? '');
    open.push(one);
    return one;
  }

  it('of Binance reaches a combined connection byte for byte, the channels asked for and no others', async () => {
    const venues = await play(BINANCE);
    const symbols = instrumentsOfRecording([pathOf(BINANCE)]).map((one) =>
      one.symbols.binance?.toLowerCase(),
    );
    const streams = symbols.flatMap((one) => [`${one}@aggTrade`, `${one}@bookTicker`, `${one}@kline_1m`]);
    const reader = await client(`${venues.addresses['binance']?.wsUrl}/stream?streams=${streams.join('/')}`);
    await venues.finished;
    const recorded = recordedFrames(BINANCE).map((frame) => frame.text);
    expect(reader.frames).toEqual(recorded.filter((text) => !text.includes('@depth')));
    const { channels } = readOracle(BINANCE);
    expect(venues.stats().venues['binance']?.sent).toEqual({
      trades: channels['aggTrade'],
      quotes: channels['bookTicker'],
      bars: channels['kline_1m'],
    });
  });

  it('of Binance reaches a raw connection as the data alone', async () => {
    const venues = await play(BINANCE);
    const reader = await client(`${venues.addresses['binance']?.wsUrl}/ws/onttry@aggTrade`);
    await venues.finished;
    expect(reader.frames).toHaveLength(readOracle(BINANCE).trades['ONTTRY']?.count ?? 0);
    expect(JSON.parse(reader.frames[0] ?? '')).toMatchObject({ e: 'aggTrade', s: 'ONTTRY', a: 8610 });
  });

  it('of Coinbase keeps everything but the sequence, which has no gap for the channels asked for', async () => {
    const venues = await play(COINBASE);
    const reader = await client(venues.addresses['coinbase']?.wsUrl);
    const channels = ['market_trades', 'candles', 'level2', 'heartbeats'];
    for (const channel of channels)
      reader.send({ type: 'subscribe', channel, product_ids: ['BTC-USD', 'ETH-USD'] });
    await venues.finished;
    const sequences = reader.frames.map((text) => Number(/"sequence_num":(\d+)/.exec(text)?.[1]));
    expect(sequences).toEqual(sequences.map((_, i) => i));
    const plain = (text: string): string => text.replace(/"sequence_num":\d+/, '');
    const isPlayed = (text: string): boolean => !/^\{"channel":"(subscriptions|ticker)"/.test(text);
    const recorded = recordedFrames(COINBASE).map((frame) => frame.text);
    expect(reader.frames.filter(isPlayed).map(plain)).toEqual(recorded.filter(isPlayed).map(plain));
    expect(venues.stats().venues['coinbase']?.sent['trades']).toBe(readOracle(COINBASE).trades_total);
  });

  it("of Kraken's saved trades comes as trade frames with every id once", async () => {
    const venues = await play(KRAKEN);
    const reader = await client(venues.addresses['kraken']?.wsUrl);
    reader.send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USDT'] } });
    await venues.finished;
    const ids = reader.frames.flatMap((text) =>
      [...text.matchAll(/"trade_id":(\d+)/g)].map((match) => Number(match[1])),
    );
    expect(ids).toHaveLength(1_000);
    expect(ids).toEqual(ids.map((_, i) => 10_218_208 + i));
    expect(reader.frames.join()).toContain('"price":105433.6,"qty":0.00027625');
  });

  it('is played at its own pace, measured by the clock', async () => {
    const clock = new SystemClock({ speed: 60 });
    const venues = await play(BINANCE, { clock, speed: 1 });
    await client(`${venues.addresses['binance']?.wsUrl}/ws/aaveupusdt@bookTicker`);
    const subscribed = clock.nowMs();
    await venues.finished;
    const took = clock.nowMs() - subscribed;
    // 30.2 s of frames after at least 300 ms of real grace, which is 18 s of this clock; a machine that stands still for a second adds a minute.
    expect(took).toBeGreaterThan(30_200 + 18_000);
    expect(took).toBeLessThan(30_200 + 18_000 + 600_000);
  });

  it('answers REST as recorded where the path and the query were recorded', async () => {
    const venues = await play(BINANCE);
    const url = `${venues.addresses['binance']?.restUrl}/api/v3/depth?limit=1000&symbol=BUSDTRY`;
    expect(await (await fetch(url)).json()).toMatchObject({ lastUpdateId: 10166139 });
  });

  it('says when it began, and recordings of different days are refused together', async () => {
    const venues = await play(COINBASE);
    expect(venues.startAtMs).toBe(1786309548629);
    await expect(play(COINBASE, { recordings: [pathOf(COINBASE), pathOf(BINANCE)] })).rejects.toThrow(
      'one clock',
    );
  });

  it('takes its instruments from the file, with steps from the list of products where there is one', () => {
    expect(instrumentsOfRecording([pathOf(COINBASE), pathOf(KRAKEN)])).toEqual([
      {
        id: 'BTC-USD',
        symbols: { coinbase: 'BTC-USD' },
        priceTick: '0.01',
        sizeStep: '0.00000001',
        startPrice: '65083.67',
      },
      {
        id: 'BTC-USDT',
        symbols: { kraken: 'BTC/USDT' },
        priceTick: '0.1',
        sizeStep: '0.00000001',
        startPrice: '105433.6',
      },
      {
        id: 'ETH-USD',
        symbols: { coinbase: 'ETH-USD' },
        priceTick: '0.01',
        sizeStep: '0.00000001',
        startPrice: '1919.41',
      },
    ]);
  });
});
