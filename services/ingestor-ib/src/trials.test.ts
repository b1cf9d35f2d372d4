import type { RawTrade } from '@concord/codec';
import type { Kind } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { settle } from '@concord/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { AT, SECONDS } from './testing/tws.ts';

const NO_MORE_LINES = 10_190;
const NOT_SUBSCRIBED = 10_089;

describe('samples instead of tick-by-tick data', () => {
  let bench: Bench;
  let gateway: FakeGateway;
  afterEach(() => bench[Symbol.asyncDispose]());

  async function open(kinds: readonly Kind[], options?: VenueConfig['options']): Promise<void> {
    bench = new Bench(kinds, options);
    await settle();
    gateway = bench.gateway;
    gateway.ready();
  }

  /** TWS answers pings and confirms lines of samples; whether it refuses tick-by-tick data is said. */
  async function pass(seconds: number, refusal?: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      if (second % 10 === 0) gateway.say('49|1|1767625200');
      for (const { id } of gateway.ofType('market-data')) gateway.say(`81|${id}|0.01||3`);
      const before = gateway.ofType('tick-by-tick').length;
      await bench.pass(1_000);
      for (const { id } of gateway.ofType('tick-by-tick').slice(before))
        if (refusal !== undefined) gateway.notice(refusal, 'words', id);
    }
  }

  /** Prints that came are refused from now on, until there are samples instead. */
  async function refused(code = NO_MORE_LINES): Promise<void> {
    gateway.notice(code, 'words', gateway.newest('tick-by-tick'));
    await pass(50, code);
  }

  /** Until tick-by-tick data are tried for again. */
  async function tried(): Promise<void> {
    const before = gateway.newest('tick-by-tick');
    for (let second = 0; second < 120 && gateway.newest('tick-by-tick') === before; second++) await pass(1);
    expect(gateway.newest('tick-by-tick')).not.toBe(before);
  }

  const print = (price: number, second = 0): void =>
    gateway.say(`99|${gateway.newest('tick-by-tick')}|2|${SECONDS + second}|${price}|100|0|ARCA|`);
  const sample = (price: number): void => {
    const id = gateway.newest('market-data');
    gateway.say(`1|6|${id}|4|${price}|100|0`);
  };
  const trades = (): RawTrade[] =>
    bench.events.flatMap((event) => (event.type === 'records' ? event.trades : []));

  it('give way to prints once these are had, and nothing is told of samples from then on', async () => {
    await open(['trades', 'quotes']);
    await refused();
    sample(270);
    await tried();
    sample(271); // what waits to be told when the print comes is the same print
    print(271);
    sample(272);
    await pass(2);
    expect(trades().map(({ price, sampled }) => [Number(price / 10n ** 12n), sampled])).toEqual([
      [270, true],
      [271, false],
    ]);
    expect(gateway.ofType('tick-by-tick')).toHaveLength(3);
    expect(bench.count('quotes')).toBe(0);
    const id = gateway.newest('market-data');
    gateway.say(`1|6|${id}|1|271.01|300|1`, `1|6|${id}|2|271.03|500|1`);
    await pass(1);
    expect(bench.count('quotes')).toBe(1);
  });

  it('are ended where nothing else came of their line', async () => {
    await open(['trades']);
    await refused();
    const samples = gateway.newest('market-data');
    await tried();
    await pass(4);
    expect(gateway.ofType('cancel')).toContainEqual({ type: 'cancel', id: samples, what: 'market-data' });
    print(271);
    await pass(1);
    expect(trades()).toHaveLength(1);
  });

  it('are a gap from their beginning, which is asked for when prints come again', async () => {
    await open(['trades']);
    print(270);
    await pass(30);
    await refused();
    expect(bench.markers('gap')).toMatchObject([{ kind: 'trades', firstId: null }]);
    expect(bench.gateways.all).toHaveLength(1);
    await tried();
    print(271, 120);
    await pass(6);
    print(272, 126);
    for (let second = 0; second < 60 && bench.gateway === gateway; second++) await pass(1);
    bench.gateway.ready();
    await settle();
    expect(bench.gateway.ofType('past-trades').map(({ start }) => start)).toEqual(['20260105-14:59:58']);
    expect(bench.markers('gap')).toHaveLength(1);
  });

  it('are a gap as well where another replica had the prints', async () => {
    const left = { lastId: null, lastEventTime: AT - 60_000_000, openHoles: [] };
    bench = new Bench(['trades'], {}, undefined, () => left);
    await settle();
    gateway = bench.gateway;
    gateway.ready();
    await refused();
    expect(bench.markers('gap')).toHaveLength(1);
    await tried();
    await pass(5);
    expect(bench.markers('gap')).toHaveLength(1);
  });

  it('go on while tick-by-tick data are refused, which are tried for less and less often', async () => {
    await open(['trades']);
    await refused();
    const asked = (): number => gateway.ofType('tick-by-tick').length;
    const before = asked();
    const counts: number[] = [];
    for (let hour = 0; hour < 3; hour++) {
      const start = asked();
      await pass(3_600, NO_MORE_LINES);
      counts.push(asked() - start);
    }
    expect(counts[0]).toBeGreaterThan(3);
    expect(counts[2]).toBeLessThan(5);
    expect(counts[2]).toBeGreaterThan(2);
    expect(before).toBe(2);
    sample(275);
    await pass(2);
    expect(trades().map(({ sampled }) => sampled)).toEqual([true]);
    expect(bench.source.status().streams[0]?.state).toMatchObject({ rejection: null, stale: false });
  });

  it('are taken for good in a session where tick-by-tick data are not subscribed', async () => {
    await open(['trades']);
    await refused(NOT_SUBSCRIBED);
    await pass(3_600, NOT_SUBSCRIBED);
    expect(gateway.ofType('tick-by-tick')).toHaveLength(1);
  });

  it('give way to prints when an instrument before them is given up', async () => {
    await open(['trades'], { tickByTickLines: 1 });
    bench.subscription.add(['IBM.US']);
    await pass(5);
    expect(gateway.ofType('tick-by-tick').map(({ contract }) => contract.symbol)).toEqual(['AAPL']);
    bench.subscription.remove(['AAPL.US']);
    await pass(5);
    expect(gateway.ofType('tick-by-tick').map(({ contract }) => contract.symbol)).toEqual(['AAPL', 'IBM']);
  });

  it('are given up with their instrument, and what is tried for with them', async () => {
    await open(['trades']);
    await refused();
    await tried();
    const ids = new Set([gateway.newest('tick-by-tick'), gateway.newest('market-data')]);
    bench.subscription.remove(['AAPL.US']);
    expect(new Set(gateway.ofType('cancel').map(({ id }) => id))).toEqual(ids);
  });

  it('give way to prints after 1101 as well, though nothing comes of the request before it', async () => {
    await open(['trades']);
    await refused();
    await tried();
    const trial = gateway.newest('tick-by-tick');
    gateway.notice(1101);
    print(271);
    await pass(5);
    expect(trades()).toEqual([]);
    expect(gateway.ofType('cancel')).toEqual([{ type: 'cancel', id: trial, what: 'tick-by-tick' }]);
    await pass(150);
    print(272);
    await pass(1);
    expect(trades()).toHaveLength(1);
  });
});
