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
});
