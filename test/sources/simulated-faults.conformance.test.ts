import { binance } from '@concord/ingestor-binance';
import { coinbase } from '@concord/ingestor-coinbase';
import { kraken } from '@concord/ingestor-kraken';
import { okx } from '@concord/ingestor-okx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTRUMENTS, SimulatedSource } from './simulated.ts';

const SEED = 20_260_809;

describe.each([binance, coinbase, kraken, okx])(`$source on its simulated venue (seed ${SEED})`, (module) => {
  let test: SimulatedSource;
  /** How many connections the venue needs: what befalls the venue befalls each. */
  let connections: number;

  beforeAll(async () => {
    test = await SimulatedSource.start(module, SEED, ['trades', 'quotes', 'bars']);
    await test.until('live', () => test.source.status().state === 'LIVE');
    connections = test.source.status().sessions.length;
  });

  afterAll(() => test[Symbol.asyncDispose]());

  /** Injects and waits for the end of what it does to the connection. */
  async function reconnects(inject: () => void): Promise<void> {
    const before = test.markers('reconnect').length;
    inject();
    await test.until('reconnects', () => test.markers('reconnect').length >= before + connections);
    await test.until('live again', () => test.source.status().state === 'LIVE');
    await test.moreTrades();
  }

  it('tells trades, quotes and bars, and nothing is refused or missing', async () => {
    await test.moreTrades();
    await test.until('bars', () =>
      test.events.some((event) => event.type === 'records' && event.bars.length > 0),
    );
    expect(test.quotes()).toBeGreaterThan(0);
    expect(test.markers('refused')).toEqual([]);
    expect(test.markers('gap')).toEqual([]);
    expect(test.markers('resync')).toEqual([]);
  });

  it.each([
    ['garbage', 'not-json'],
    ['half-frame', 'not-json'],
    ['unknown-symbol', 'unknown-symbol'],
    ['huge-frame', 'unknown-frame'],
  ] as const)('refuses each frame of fault %s once, as %s, and goes on', async (kind, code) => {
    const refused = test.markers('refused').length;
    const reconnects = test.markers('reconnect').length;
    test.inject({ kind, count: 2 });
    await test.until('refusals', () => test.markers('refused').length >= refused + 2 * connections);
    await test.moreTrades();
    expect(
      test
        .markers('refused')
        .slice(refused)
        .map((marker) => marker.code),
    ).toEqual(Array.from({ length: 2 * connections }, () => code));
    expect(test.markers('reconnect')).toHaveLength(reconnects);
  });

  it('comes back after a cut, and after a cut in the middle of a frame', async () => {
    await reconnects(() => test.inject({ kind: 'cut' }));
    await reconnects(() => test.inject({ kind: 'cut-mid-frame' }));
    const reasons = test.markers('reconnect').map(({ reason }) => reason);
    expect(reasons).toEqual(Array.from({ length: 2 * connections }, () => 'closed'));
  });

  it('comes back after the venue refused connections for a while', async () => {
    await reconnects(() => {
      test.inject({ kind: 'refuse-upgrade', durationMs: 1_500 });
      test.inject({ kind: 'cut' });
    });
    expect(test.source.status().reconnects).toBeGreaterThanOrEqual(3);
  });

  it('names the ids of trades that the venue left out', async () => {
    const before = test.markers('gap').length;
    test.inject({ kind: 'gap', count: 3, data: 'trades' });
    await test.until('a gap', () => test.markers('gap').length > before);
    await test.moreTrades();
    expect(test.markers('gap').length).toBeGreaterThan(before);
  });

  it('takes repeated frames for no gap', async () => {
    const before = test.markers('gap').length;
    test.inject({ kind: 'duplicate', count: 4, data: 'trades' });
    await test.moreTrades();
    await test.moreTrades();
    expect(test.markers('gap')).toHaveLength(before);
  });

  it('takes back what came late', async () => {
    const missing = (): number => INSTRUMENTS.reduce((sum, { id }) => sum + test.missing(id).size, 0);
    const before = missing();
    test.inject({ kind: 'reorder', count: 4, data: 'trades' });
    await test.moreTrades();
    await test.moreTrades();
    await test.until('all late ids', () => missing() === before);
  });

  it('accounts for every trade that the venue made: received, or named by a gap that is still open', async () => {
    await test.moreTrades();
    const made = await test.finish();
    for (const { id: instrument } of INSTRUMENTS) {
      const received = new Set(test.tradeIds(instrument));
      const missing = test.missing(instrument);
      const first = Math.min(...received);
      const last = Math.max(...received);
      const expected = (made.get(instrument) ?? []).filter((id) => id >= first && id <= last);
      expect(expected.length).toBeGreaterThan(20);
      expect(expected.filter((id) => !received.has(id) && !missing.has(id))).toEqual([]);
      expect(expected.filter((id) => received.has(id) && missing.has(id))).toEqual([]);
      expect([...missing].filter((id) => !expected.includes(id))).toEqual([]);
    }
  });
});
