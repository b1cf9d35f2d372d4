import { SystemClock } from '@concord/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault } from './faults.ts';
import { TestClient } from './server/testing/client.ts';
import { TestVenues } from './server/testing/venues.ts';

describe('a simulated venue commits on command', () => {
  let bench: TestVenues;
  let client: TestClient;
  beforeEach(async () => {
    bench = await TestVenues.open({
      venues: ['binance', 'kraken'],
      rate: 40,
      clock: new SystemClock({ speed: 5 }),
      limits: { connects: 'off' },
    });
    client = await bench.client(
      'binance',
      '/stream?streams=btcusdt@aggTrade/xrpusdt@aggTrade/btcusdt@bookTicker',
    );
    await client.until(() => client.frames.length > 20);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const inject = (fault: Fault): number => {
    bench.venues.inject({ venue: 'binance', ...fault });
    return client.frames.length;
  };
  const ids = (symbol: string): number[] => {
    const pattern = new RegExp(`"s":"${symbol}","a":(\\d+)`);
    return client.frames.flatMap((text) => {
      const id = pattern.exec(text)?.[1];
      return id === undefined ? [] : [Number(id)];
    });
  };
  /** Jumps of the ids of a symbol that are not +1. */
  const jumps = (symbol: string): number[] => {
    const list = ids(symbol);
    return list
      .slice(1)
      .map((id, i) => id - (list[i] ?? 0))
      .filter((jump) => jump !== 1);
  };
  const more = (count: number): Promise<void> => {
    const have = client.frames.length;
    return client.until(() => client.frames.length > have + count);
  };
  const counted = (kind: Fault['kind']): number | undefined =>
    bench.venues.stats().venues['binance']?.faults[kind];

  it('a cut of every connection', async () => {
    inject({ kind: 'cut' });
    expect(await client.closed).toBe(1006);
    expect(counted('cut')).toBe(1);
  });

  it('a cut in the middle of a frame', async () => {
    inject({ kind: 'cut-mid-frame' });
    expect(await client.closed).toBe(1006);
    expect(client.frames.some((text) => text.includes('NONESUCH'))).toBe(false);
  });

  it('silence on an open socket', async () => {
    inject({ kind: 'silence', durationMs: 600_000 });
    const sent = bench.venues.stats().venues['binance']?.framesSent;
    await client.until(() => (counted('silence') ?? 0) > 20);
    expect(bench.venues.stats().venues['binance']).toMatchObject({ framesSent: sent, connections: 1 });
  });

  it('one mute symbol among others that go on, and it comes back', async () => {
    inject({ kind: 'mute', symbol: 'BTCUSDT', data: 'trades', durationMs: 20_000 });
    await client.until(() => jumps('BTCUSDT').some((jump) => jump > 1));
    expect(counted('mute')).toBeGreaterThan(0);
    expect(jumps('XRPUSDT')).toEqual([]);
    expect(jumps('BTCUSDT')).toHaveLength(1);
  });

  it('a gap of so many frames, of one symbol, which REST can fill', async () => {
    inject({ kind: 'gap', symbol: 'BTCUSDT', data: 'trades', count: 3 });
    await client.until(() => jumps('BTCUSDT').length > 0);
    await more(60);
    expect(jumps('BTCUSDT')).toEqual([4]);
    expect(jumps('XRPUSDT')).toEqual([]);
    const list = ids('BTCUSDT');
    const last = list.find((id, i) => list[i + 1] === id + 4) ?? 0;
    const { body } = await bench.get(
      'binance',
      `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${last + 1}&limit=3`,
    );
    expect((body as { a: number }[]).map((one) => one.a)).toEqual([last + 1, last + 2, last + 3]);
  });

  it('duplicates and frames in the wrong order', async () => {
    inject({ kind: 'duplicate', symbol: 'BTCUSDT', data: 'trades', count: 2 });
    await client.until(() => jumps('BTCUSDT').length === 2);
    expect(jumps('BTCUSDT')).toEqual([0, 0]);
    inject({ kind: 'reorder', symbol: 'XRPUSDT', data: 'trades', count: 1 });
    await client.until(() => jumps('XRPUSDT').length === 3);
    await more(40);
    expect(jumps('XRPUSDT')).toEqual([2, -1, 2]);
  });

  it('garbage, half a frame, a symbol nobody asked for, and a frame of 5 MB', async () => {
    inject({ kind: 'garbage' });
    inject({ kind: 'half-frame' });
    inject({ kind: 'unknown-symbol' });
    inject({ kind: 'huge-frame' });
    await client.waitFor((text) => text.length > 5 * 1024 * 1024);
    expect(client.frames).toContain('<html>502 Bad Gateway</html>');
    expect(
      client.frames.some((text) => text.startsWith('{"stream":"nonesuch@aggTrade"') && !text.endsWith('}}')),
    ).toBe(true);
    expect(
      client.frames.some((text) => text.endsWith('"m":false,"M":true}}') && text.includes('NONESUCH')),
    ).toBe(true);
    await more(20);
  });

  it('a refusal of upgrades with 503 for a while', async () => {
    inject({ kind: 'refuse-upgrade', durationMs: 2_000 });
    await expect(bench.client('binance', '/ws')).rejects.toThrow('503');
    for (;;) {
      const again = await bench.client('binance', '/ws/btcusdt@trade').catch(() => undefined);
      if (again !== undefined) break;
    }
    await expect(bench.client('kraken')).resolves.toBeInstanceOf(TestClient);
  });

  it('a clock that is wrong for a while', async () => {
    const ahead = (text: string): boolean => Number(/"T":(\d+)/.exec(text)?.[1] ?? 0) - nowMs() > 3_000_000;
    const started = performance.now();
    const startedAt = Number(
      /"T":(\d+)/.exec(client.frames.filter((text) => text.includes('"T":')).at(-1) ?? '')?.[1],
    );
    const nowMs = (): number => startedAt + (performance.now() - started) * 5;
    inject({ kind: 'clock-skew', skewMs: 3_600_000, durationMs: 2_000 });
    await client.waitFor(ahead);
    await client.until(() => !ahead(client.frames.filter((text) => text.includes('"T":')).at(-1) ?? ''));
  });

  it('an attack on its prices', async () => {
    const attack = {
      kind: 'offset',
      seed: 1,
      size: 0.5,
      lengthMicros: 60_000_000,
      venues: ['binance'],
    } as const;
    inject({ kind: 'attack', attack });
    await client.waitFor((text) => Number(/"b":"([\d.]+)"/.exec(text)?.[1] ?? 0) > 90_000);
  });

  it('the same by HTTP, and what makes no sense is refused with a reason', async () => {
    const post = async (body: unknown): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${bench.venues.controlUrl}/control/fault`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };
    expect(await post({ kind: 'explode' })).toMatchObject({
      status: 400,
      text: expect.stringContaining(FAULT_KINDS.join(', ')) as string,
    });
    expect(await post({ kind: 'cut', venue: 'mtgox' })).toMatchObject({ status: 400 });
    expect(await post([])).toMatchObject({ status: 400 });
    expect(await post({ kind: 'gap', venue: 'binance', symbol: 'NOPE' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('BTCUSDT') as string,
    });
    expect(await post({ kind: 'cut', venue: 'binance' })).toMatchObject({ status: 200 });
    expect(await client.closed).toBe(1006);
    const stats = (await (await fetch(`${bench.venues.controlUrl}/control/stats`)).json()) as Record<
      string,
      Record<string, unknown>
    >;
    expect(stats['venues']?.['binance']).toMatchObject({ connectionsTotal: 1, faults: { cut: 1 } });
  });
});
