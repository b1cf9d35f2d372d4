import type { Kind } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { settle } from '@concord/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import type { FakeGateway } from './testing/fake-gateway.ts';

const TAKEN_AWAY = 10_197;

describe('the lines of a session', () => {
  let bench: Bench;
  const open = async (kinds: readonly Kind[], options?: VenueConfig['options']): Promise<FakeGateway> => {
    bench = new Bench(kinds, options);
    await settle();
    bench.gateway.ready();
    return bench.gateway;
  };
  afterEach(() => bench[Symbol.asyncDispose]());

  it.each([
    ['trades', 'tick-by-tick'],
    ['quotes', 'market-data'],
    ['bars', 'bars'],
  ] as const)(
    'let go of %s that another session took, so that the account has room when they are asked for again',
    async (kind, what) => {
      const gateway = await open([kind]);
      const id = gateway.newest(what);
      gateway.notice(TAKEN_AWAY, 'words', id);
      expect(gateway.ofType('cancel')).toEqual([{ type: 'cancel', id, what }]);
      gateway.notice(300, 'not known', id);
      await bench.pass(20_000);
      expect(gateway.ofType(what)).toHaveLength(2);
      expect(gateway.ofType('cancel')).toHaveLength(1);
    },
  );

  it('cancel nothing that TWS has refused', async () => {
    const gateway = await open(['quotes']);
    gateway.notice(101, 'words', gateway.newest('market-data'));
    await bench.pass(20_000);
    expect(gateway.ofType('market-data')).toHaveLength(2);
    expect(gateway.ofType('cancel')).toEqual([]);
  });

  it('are asked for again after 1102 when 1100 overtook what was asked for', async () => {
    const gateway = await open(['quotes']);
    gateway.notice(1100);
    gateway.notice(504, 'Not connected', 1);
    gateway.notice(1102);
    await bench.pass(20_000);
    expect(gateway.ofType('market-data')).toHaveLength(2);
    expect(bench.gateways.all).toHaveLength(1);
  });

  it('are not left open twice when they were asked for just as TWS forgot the others', async () => {
    const gateway = await open(['quotes', 'trades']);
    gateway.notice(1101);
    const asked = gateway.ofType('market-data').map(({ id }) => id);
    expect(asked).toHaveLength(2);
    expect(gateway.ofType('cancel').map(({ what }) => what)).toEqual(['tick-by-tick', 'market-data']);
    gateway.notice(300, 'not known', asked[0]);
    gateway.say(`81|${asked[1]}|0.01||3`);
    gateway.notice(1101);
    expect(gateway.ofType('cancel')).toHaveLength(2);
    expect(gateway.ofType('market-data')).toHaveLength(3);
  });

  /** Minutes in which TWS answers pings and nothing else; what is asked for is confirmed. */
  async function silence(gateway: FakeGateway, minutes: number): Promise<void> {
    for (let second = 0; second < 60 * minutes; second++) {
      const before = gateway.newest('market-data');
      if (second % 30 === 0) gateway.say('49|1|1767625200');
      await bench.pass(1_000);
      const newest = gateway.newest('market-data');
      if (newest !== before) gateway.say(`81|${newest}|0.01||3`);
    }
  }
  const lost = (gateway: FakeGateway, farm: string): void =>
    gateway.notice(2103, `Market data farm connection is broken:${farm}`);
  const back = (gateway: FakeGateway, farm: string): void =>
    gateway.notice(2104, `Market data farm connection is OK:${farm}`);

  it('wait for the farms while none of them is back', async () => {
    const gateway = await open(['quotes']);
    gateway.say('81|1|0.01||3');
    lost(gateway, 'usfarm');
    lost(gateway, 'eufarm');
    await silence(gateway, 10);
    expect(gateway.ofType('market-data')).toHaveLength(1);
  });

  it('are asked for again when one of two farms is back and they stay mute, and are stale until data come', async () => {
    const gateway = await open(['quotes']);
    gateway.say('81|1|0.01||3');
    lost(gateway, 'usfarm');
    lost(gateway, 'eufarm');
    await silence(gateway, 5);
    back(gateway, 'usfarm');
    const stale = (): boolean | undefined => bench.source.status().streams[0]?.state.stale;
    await bench.pass(30_000);
    expect([gateway.ofType('market-data').length, stale()]).toEqual([1, true]);
    await silence(gateway, 1);
    expect([gateway.ofType('market-data').length, stale()]).toEqual([2, true]);
    expect(gateway.ofType('cancel')).toMatchObject([{ id: 1 }]);
    const id = gateway.newest('market-data');
    gateway.say(`1|6|${id}|1|271|100|0`, `1|6|${id}|2|272|100|0`);
    await bench.pass(2_000);
    expect(stale()).toBe(false);
    expect(bench.markers('resync')).toHaveLength(1);
  });

  it('are asked for again when they die just as one of two farms is lost that never comes back, less and less often', async () => {
    const gateway = await open(['quotes']);
    back(gateway, 'usfarm');
    back(gateway, 'eufarm');
    gateway.say('81|1|0.01||3', '1|6|1|1|271|100|0', '1|6|1|2|272|100|0');
    await silence(gateway, 1);
    lost(gateway, 'eufarm');
    await silence(gateway, 16);
    expect(gateway.ofType('market-data')).toHaveLength(2);
    expect(gateway.ofType('cancel')).toMatchObject([{ id: 1 }]);
    expect(bench.source.status().streams[0]?.state.stale).toBe(true);
    const id = gateway.newest('market-data');
    gateway.say(`1|6|${id}|1|271|100|0`, `1|6|${id}|2|273|100|0`);
    await bench.pass(2_000);
    expect(bench.source.status().streams[0]?.state.stale).toBe(false);
    await silence(gateway, 120);
    expect(gateway.ofType('market-data').length).toBeLessThan(8);
  });

  it('are judged, once data came of them, though another farm never comes back', async () => {
    const gateway = await open(['quotes']);
    lost(gateway, 'eufarm');
    gateway.say('81|1|0.01||3', '1|6|1|1|271|100|0', '1|6|1|2|272|100|0');
    await silence(gateway, 16);
    expect(gateway.ofType('market-data')).toHaveLength(2);
    await silence(gateway, 16);
    expect(gateway.ofType('market-data')).toHaveLength(3);
  });
});
