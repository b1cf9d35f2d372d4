import type { Fault } from '@concord/venues';
import { describe, expect, it } from 'vitest';
import { SimulatedIb } from './simulated-ib.ts';

const TICK_BY_TICK = ['AAPL.US', 'MSFT.US'];
const SAMPLED = 'IBM.US';

/** Every print of the shares that come tick by tick was told once, but for what is said to be missing. */
function expectWhole(venue: SimulatedIb): void {
  for (const instrument of TICK_BY_TICK) {
    const { sent, told } = venue.compare(instrument);
    expect(sent.length).toBeGreaterThan(10);
    expect({ instrument, told }).toEqual({ instrument, told: sent });
  }
  expect(venue.markers('repair').filter(({ outcome }) => outcome !== 'filled')).toEqual([]);
  expect(venue.markers('repair').length).toBe(venue.markers('gap').length);
}

describe('Interactive Brokers on its simulated gateway', () => {
  it('brings prints, samples, quotes and bars, and keeps every limit', async () => {
    await using venue = await SimulatedIb.start(1);
    await venue.flowing(20);
    for (const instrument of TICK_BY_TICK) {
      const live = venue.trades(instrument).filter(({ origin }) => origin === 'LIVE');
      expect(live.length).toBeGreaterThan(0);
      expect(
        live.every(({ sampled, eventTimePrecision }) => !sampled && eventTimePrecision === 'SECOND'),
      ).toBe(true);
    }
    expect(venue.trades(SAMPLED).every(({ sampled }) => sampled)).toBe(true);
    for (const { bid, ask } of venue.quotes(SAMPLED)) expect((ask ?? 0n) > (bid ?? 0n)).toBe(true);
    expect(venue.bars(SAMPLED).some(({ origin, final }) => origin === 'SNAPSHOT' && final)).toBe(true);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
    expect(venue.markers('refused')).toEqual([]);
    expect(venue.stats().breaches).toEqual({});
    await venue.close();
    expectWhole(venue);
  });

  it('asks for everything again after 1101, and fills what was missed meanwhile', async () => {
    await using venue = await SimulatedIb.start(2);
    await venue.flowing(10);
    venue.inject({ kind: 'connectivity-lost', durationMs: 8_000, dataLost: true });
    await venue.until('the loss is told', () => venue.states().includes('down'));
    await venue.until('it is back', () => venue.states().at(-1) === 'live');
    await venue.repaired(2);
    await venue.flowing(10);
    expect(venue.states()).toEqual(['connecting', 'live', 'down', 'connecting', 'live']);
    expect(venue.markers('resync').length).toBeGreaterThanOrEqual(TICK_BY_TICK.length);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
    expect(venue.stats().breaches).toEqual({});
    await venue.close();
    expectWhole(venue);
  });

  it('goes on after 1102 with the lines it has, and fills what was missed meanwhile', async () => {
    await using venue = await SimulatedIb.start(3);
    await venue.flowing(10);
    venue.inject({ kind: 'connectivity-lost', durationMs: 8_000 });
    await venue.until('the loss is told', () => venue.states().includes('down'));
    await venue.until('it is back', () => venue.states().at(-1) === 'live');
    await venue.repaired(2);
    await venue.flowing(10);
    expect(venue.markers('resync')).toEqual([]);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
    await venue.close();
    expectWhole(venue);
  });

  it('holds streams for stale between 2103 and 2104, and fills what was missed meanwhile', async () => {
    await using venue = await SimulatedIb.start(4);
    await venue.flowing(10);
    const stale = (): number => venue.source.status().streams.filter(({ state }) => state.stale).length;
    venue.inject({ kind: 'market-farm-broken', durationMs: 8_000 });
    await venue.until('streams are stale', () => stale() > 0);
    await venue.until('none is', () => stale() === 0);
    await venue.repaired(2);
    await venue.flowing(10);
    expect(venue.states()).toEqual(['connecting', 'live']);
    expect(venue.stats().breaches).toEqual({});
    await venue.close();
    expectWhole(venue);
  });

  it('connects again after the connection was cut, with all its lines and without a print lost or doubled', async () => {
    await using venue = await SimulatedIb.start(5);
    await venue.flowing(10);
    venue.inject({ kind: 'cut' });
    await venue.until('it is connected again', () => venue.markers('reconnect').length > 0);
    await venue.repaired(2);
    await venue.flowing(10);
    expect(venue.source.status()).toMatchObject({ state: 'LIVE', reconnects: 1 });
    expect(venue.stats().breaches).toEqual({});
    await venue.close();
    expectWhole(venue);
  });

  it('tries until the gateway is back from its daily restart', async () => {
    await using venue = await SimulatedIb.start(6);
    await venue.flowing(10);
    venue.inject({ kind: 'restart', durationMs: 20_000 });
    await venue.until('it is connected again', () => venue.markers('reconnect').length > 0);
    await venue.repaired(2);
    await venue.flowing(10);
    expect(venue.source.status().state).toBe('LIVE');
    expect(venue.stats().breaches).toEqual({});
    await venue.close();
    expectWhole(venue);
  });

  it('loses and doubles no print through a minute and more of faults one upon the other', async () => {
    const seed = 7;
    await using venue = await SimulatedIb.start(seed);
    await venue.flowing(10);
    const faults: readonly Omit<Fault, 'venue'>[] = [
      { kind: 'cut' },
      { kind: 'connectivity-lost', durationMs: 3_000, dataLost: true },
      { kind: 'market-farm-broken', durationMs: 4_000 },
      { kind: 'cut-mid-frame' },
      { kind: 'connectivity-lost', durationMs: 2_000 },
      { kind: 'restart', durationMs: 5_000 },
      { kind: 'garbage', count: 3 },
    ];
    // The same order and pauses from the same seed.
    let state = seed;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const committed: string[] = [];
    for (let count = 0; count < 12; count++) {
      const fault = faults[Math.floor(random() * faults.length)] ?? { kind: 'cut' };
      committed.push(fault.kind);
      venue.inject(fault);
      await venue.elapsed(2_000 + random() * 12_000);
    }
    await venue.until('all is repaired', () => {
      const { state: source } = venue.source.status();
      return source === 'LIVE' && venue.markers('repair').length === venue.markers('gap').length;
    });
    await venue.elapsed(15_000);
    await venue.flowing(10);
    expect({ committed, breaches: venue.stats().breaches }).toEqual({ committed, breaches: {} });
    await venue.close();
    expectWhole(venue);
  });

  it('goes on where another replica stopped: what lies between is fetched, and nothing is doubled', async () => {
    await using venue = await SimulatedIb.start(8, { kinds: ['trades'] });
    await venue.flowing(5, ['trades']);
    await venue.stop();
    const stoppedAt = (id: string): number => venue.trades(id).at(-1)?.eventTime ?? 0;
    const checkpoints = new Map(TICK_BY_TICK.map((id) => [id, stoppedAt(id)]));
    await venue.elapsed(8_000);
    venue.goOn((instrument) => checkpoints.get(instrument));
    await venue.repaired(2);
    await venue.flowing(5, ['trades']);
    await venue.close();
    for (const instrument of TICK_BY_TICK) {
      const { sent, told } = venue.compare(instrument);
      // Of the second in which the first stopped a part is not told again, and the markers say so.
      const edge = String(Math.floor((checkpoints.get(instrument) ?? 0) / 1_000_000) * 1_000_000);
      const without = (prints: readonly string[]): string[] =>
        prints.filter((print) => !print.startsWith(edge));
      expect(without(told)).toEqual(without(sent));
      expect(told.length).toBe(new Set(told).size + (sent.length - new Set(sent).size));
    }
    expect(venue.markers('repair').map(({ outcome }) => outcome)).toEqual(['unrepairable', 'unrepairable']);
  });
});
