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

describe('Interactive Brokers on its simulated gateway', { timeout: 120_000 }, () => {
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
});
