import { SystemClock } from '@concord/runtime';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { playedSizeStep } from './synthetic.ts';
import { TEST_INSTRUMENTS, TestVenues } from './server/testing/venues.ts';

interface TruthLine {
  readonly kind: string;
  readonly venue: string;
  readonly symbol: string;
  readonly id?: string;
  readonly price?: string;
  readonly size?: string;
  readonly side?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly truePrice: number;
  readonly at: number;
  readonly sentAt: number;
  readonly sentTo: number;
}

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'concord-venues-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('the simulated venues', () => {
  it('write every value they send into the truth file, with the true price', async () => {
    const truthFile = join(await scratch(), 'truth.jsonl');
    const bench = await TestVenues.open({ truthFile, clock: new SystemClock({ speed: 5 }) });
    const client = await bench.client('kraken');
    client.send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USDT'] } });
    client.send({
      method: 'subscribe',
      params: { channel: 'ticker', symbol: ['XRP/USDT'], event_trigger: 'bbo', snapshot: false },
    });
    await client.until(() => client.frames.length > 100);
    bench.venues.inject({ kind: 'silence', durationMs: 60_000 });
    const { trades: tradesSent, quotes: quotesSent } = bench.venues.stats().venues['kraken']?.sent ?? {};
    const count = (pattern: RegExp): number =>
      client.frames.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
    await client.until(() => count(/"trade_id"/g) === tradesSent && count(/"bid":/g) === quotesSent);
    const { lines } = bench.venues.stats().truth;
    await bench[Symbol.asyncDispose]();

    const truth = (await readFile(truthFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TruthLine);
    expect(truth.length).toBeGreaterThanOrEqual(lines);
    const sent = truth.filter((line) => line.venue === 'kraken' && line.sentTo === 1);
    const got = client.frames.flatMap((text) =>
      [
        ...text.matchAll(/"side":"(\w+)","price":([\d.]+),"qty":([\d.]+),"ord_type":"\w+","trade_id":(\d+)/g),
      ].map((match) => match.slice(1)),
    );
    const trades = sent.filter((line) => line.kind === 'trades');
    expect(trades.map((line) => [line.side?.toLowerCase(), line.price, Number(line.size), line.id])).toEqual(
      got.map(([side, price, qty, id]) => [side, price, Number(qty), id]),
    );
    const quotes = client.frames.flatMap((text) =>
      [...text.matchAll(/"bid":([\d.]+),.*"ask":([\d.]+)/g)].map((match) => [match[1], match[2]]),
    );
    expect(sent.filter((line) => line.kind === 'quotes').map((line) => [line.bid, line.ask])).toEqual(quotes);
    for (const line of trades) {
      expect(Math.abs(Number(line.price) / line.truePrice - 1)).toBeLessThan(0.01);
      expect(line.sentAt).toBeGreaterThanOrEqual(line.at);
    }
  });

  it('stop the truth file at its limit and count what is left out', async () => {
    const truthFile = join(await scratch(), 'truth.jsonl');
    await using bench = await TestVenues.open({ truthFile, truthLimitBytes: 1_000, rate: 100 });
    await expect.poll(() => bench.venues.stats().truth.leftOut).toBeGreaterThan(10);
  });

  it('give trades ids above those of every run before', async () => {
    const first = async (startAtMs: number): Promise<number> => {
      await using bench = await TestVenues.open({
        clock: new SystemClock({ startAtMs }),
        venues: ['binance'],
      });
      const { body } = await bench.get('binance', '/api/v3/aggTrades?symbol=BTCUSDT&limit=1000');
      const ids = (body as { a: number; l: number }[]).flatMap((one) => [one.a, one.l]);
      expect(Math.max(...ids) - Math.min(...ids)).toBeLessThan(10_000);
      return Math.min(...ids);
    };
    const start = Date.UTC(2026, 0, 1);
    expect(await first(start + 1_000)).toBeGreaterThanOrEqual((await first(start)) + 10_000);
  });

  it('show the same market to two runs with one seed and one start', async () => {
    const page = async (): Promise<unknown> => {
      const clock = new SystemClock();
      clock.nowMicros = () => Date.UTC(2026, 0, 1) * 1_000;
      await using bench = await TestVenues.open({ clock });
      const { body } = await bench.get(
        'binance',
        '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5&endTime=1767225540000',
      );
      const trades = await bench.get('kraken', '/0/public/Trades?pair=XBTUSDT&since=0&count=50');
      return [body, trades.body];
    };
    expect(await page()).toEqual(await page());
  });

  it('cut a reader that lets too much pile up, and go on for the others', async () => {
    await using bench = await TestVenues.open({ venues: ['binance'], rate: 20 });
    const [stalled, healthy] = [
      await bench.client('binance', '/stream?streams=btcusdt@bookTicker'),
      await bench.client('binance', '/stream?streams=btcusdt@bookTicker'),
    ];
    stalled.pause();
    // 5 MB a command: the limit of unread bytes is passed after a few.
    bench.venues.inject({ kind: 'huge-frame', count: 12 });
    await expect.poll(() => bench.venues.stats().venues['binance']?.slowReaders).toBeGreaterThan(0);
    await healthy.until(() => healthy.frames.length > 0);
  });

  it('play sizes on a step that suits the price, never one that the venue would refuse', () => {
    expect(playedSizeStep('0.00000001', 65_000)).toBe('0.000001');
    expect(playedSizeStep('0.00000001', 1.1)).toBe('0.1');
    expect(playedSizeStep('0.00000001', 0.00001)).toBe('1');
    expect(playedSizeStep('0.1', 65_000)).toBe('0.1');
    expect(playedSizeStep('0.5', 0.00001)).toBe('0.5');
  });

  it('refuse instruments they cannot play', async () => {
    const [btc] = TEST_INSTRUMENTS;
    if (btc === undefined) throw new Error('no test instrument');
    await expect(TestVenues.open({ instruments: [{ ...btc, priceTick: 'a cent' }] })).rejects.toThrow(
      "step 'a cent'",
    );
    await expect(TestVenues.open({ instruments: [{ ...btc, startPrice: 0 }] })).rejects.toThrow(
      'startPrice of BTC-USDT',
    );
    await expect(TestVenues.open({ recordings: ['/nowhere/frames.jsonl'] })).rejects.toThrow(
      '/nowhere/frames.jsonl',
    );
  });
});

describe('the process of the simulated venues', () => {
  const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

  async function launch(): Promise<{
    child: ChildProcess;
    line: { addresses: Record<string, { restUrl: string }> };
  }> {
    const child = spawn(
      process.execPath,
      [MAIN, JSON.stringify({ seed: 1, instruments: TEST_INSTRUMENTS })],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    for await (const chunk of child.stdout) if ((text += String(chunk)).includes('\n')) break;
    return { child, line: JSON.parse(text) as { addresses: Record<string, { restUrl: string }> } };
  }

  it('prints its addresses in one line, and stops when the process that started it is gone', async () => {
    const { child, line } = await launch();
    const response = await fetch(`${line.addresses['kraken']?.restUrl}/0/public/SystemStatus`);
    expect(await response.json()).toMatchObject({ result: { status: 'online' } });
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('stops on SIGTERM', async () => {
    const { child } = await launch();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
