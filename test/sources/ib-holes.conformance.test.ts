import { describe, expect, it } from 'vitest';
import { SimulatedIb } from './simulated-ib.ts';

const TICK_BY_TICK = ['AAPL.US', 'MSFT.US'];

/** Every print was told once, and for each of these instruments one hole, which is filled. */
function expectOneHole(venue: SimulatedIb, instruments: readonly string[] = TICK_BY_TICK): void {
  for (const instrument of TICK_BY_TICK) {
    const { sent, told } = venue.compare(instrument);
    expect(sent.length).toBeGreaterThan(10);
    expect({ instrument, told }).toEqual({ instrument, told: sent });
  }
  const gaps = venue.markers('gap').map(({ instrument }) => instrument);
  expect(gaps.sort()).toEqual(instruments);
  const repairs = venue.markers('repair').map(({ instrument, outcome }) => `${instrument} ${outcome}`);
  expect(repairs.sort()).toEqual(instruments.map((instrument) => `${instrument} filled`));
}

async function followed(seed: number): Promise<SimulatedIb> {
  const venue = await SimulatedIb.start(seed, { kinds: ['trades'] });
  await venue.flowing(10, ['trades']);
  return venue;
}

/** Ends source and gateway once prints come again and what comes late has come. */
async function finish(venue: SimulatedIb): Promise<void> {
  await venue.flowing(10, ['trades']);
  await venue.elapsed(5_000);
  await venue.close();
}

describe('a hole of Interactive Brokers is told filled when it is', () => {
  it('after a cut while a farm of market data is away, which comes back later', async () => {
    await using venue = await followed(41);
    venue.inject({ kind: 'market-farm-broken', durationMs: 15_000 });
    await venue.elapsed(3_000);
    venue.inject({ kind: 'cut' });
    await venue.until('it is connected again', () => venue.states().at(-1) === 'live');
    expect(venue.stream('trades', 'AAPL.US').stale).toBe(true);
    expect(venue.markers('repair')).toEqual([]);
    await venue.repaired(2);
    expect(venue.stream('trades', 'AAPL.US').stale).toBe(false);
    await finish(venue);
    expectOneHole(venue);
  });

  it('after a restart of the gateway whose farm of market data follows half a minute later', async () => {
    await using venue = await followed(42);
    venue.inject({ kind: 'market-farm-broken', durationMs: 40_000 });
    venue.inject({ kind: 'restart', durationMs: 10_000 });
    await venue.repaired(2);
    await finish(venue);
    expectOneHole(venue);
  });

  it('by a history that lags a minute behind', async () => {
    await using venue = await followed(43);
    venue.inject({ kind: 'rest-lag', lagMs: 60_000, durationMs: 120_000 });
    venue.inject({ kind: 'cut' });
    await venue.elapsed(45_000);
    expect(venue.markers('repair')).toEqual([]);
    await venue.repaired(2);
    await finish(venue);
    expectOneHole(venue);
    expect(venue.stats().breaches).toEqual({});
  });

  it('by one hole of a stream that is mute in its first minute, though it is asked for anew more than once', async () => {
    await using venue = await followed(46);
    await venue.elapsed(10_000);
    venue.inject({ kind: 'mute', symbol: 'AAPL', data: 'trades', durationMs: 150_000 });
    await venue.until('it is stale', () => venue.stream('trades', 'AAPL.US').stale);
    await venue.repaired(1);
    await finish(venue);
    expectOneHole(venue, ['AAPL.US']);
    expect(venue.markers('resync').map(({ instrument }) => instrument)).toEqual(['AAPL.US']);
    expect(venue.stats().breaches).toEqual({});
  });

  it('on a gateway whose clock is ahead until it restarts', async () => {
    await using venue = await followed(44);
    venue.inject({ kind: 'clock-skew', skewMs: 20_000, durationMs: 8_000 });
    await venue.elapsed(7_900);
    venue.inject({ kind: 'restart', durationMs: 10_000 });
    await venue.repaired(2);
    await finish(venue);
    expectOneHole(venue);
  });

  it('on a gateway whose clock is always ahead', async () => {
    await using venue = await followed(45);
    venue.inject({ kind: 'clock-skew', skewMs: 20_000, durationMs: 1_000_000 });
    await venue.elapsed(40_000);
    venue.inject({ kind: 'cut' });
    await venue.repaired(2);
    await finish(venue);
    expectOneHole(venue);
  });
});
