import { settle } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';

const FIRST_ID = 40;
const IDS = 16;
const TAKEN = 326;

describe('live connections', () => {
  let bench: Bench;
  const ids = (): number[] => bench.gateways.all.map(({ clientId }) => clientId);
  const another = (): AbortController => {
    const stop = new AbortController();
    bench.source.subscribeRealtime(['IBM.US'], ['quotes'], stop.signal);
    return stop;
  };

  beforeEach(async () => {
    bench = new Bench(['quotes']);
    await settle();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('of one source bear different client ids, and the next one takes that of one that has ended', async () => {
    const second = another();
    await settle();
    expect(ids()).toEqual([FIRST_ID, FIRST_ID + 1]);
    second.abort();
    await settle();
    another();
    await settle();
    expect(ids()).toEqual([FIRST_ID, FIRST_ID + 1, FIRST_ID + 1]);
  });

  it('leave a client id that another client has to it, and try the next at once', async () => {
    bench.gateway.notice(TAKEN);
    await settle();
    bench.gateway.ready();
    expect(ids()).toEqual([FIRST_ID, FIRST_ID + 1]);
    expect(bench.gateway.requests).toHaveLength(1);
    another();
    await settle();
    expect(ids().at(-1)).toBe(FIRST_ID + 2);
  });

  it('go on with the client id that they had when they are made anew', async () => {
    bench.gateway.notice(TAKEN);
    await settle();
    bench.gateway.ready();
    bench.gateway.drop();
    await bench.pass(2_000);
    expect(ids()).toEqual([FIRST_ID, FIRST_ID + 1, FIRST_ID + 1]);
  });

  it('are made with back-off once other clients have every id', async () => {
    for (let count = 0; count < IDS; count++) {
      bench.gateway.notice(TAKEN);
      await settle();
    }
    expect(new Set(ids()).size).toBe(IDS);
    expect(ids()).toHaveLength(IDS);
    expect(bench.source.status().message).toMatch(/all client ids/);
    await bench.pass(2_000);
    expect(ids()).toHaveLength(IDS + 1);
    bench.gateway.ready();
    expect(bench.gateway.requests).toHaveLength(1);
  });

  it('wait where this process itself bears every id', async () => {
    const others = Array.from({ length: IDS }, another);
    await settle();
    expect(new Set(ids()).size).toBe(IDS);
    for (const gateway of bench.gateways.all) gateway.ready();
    others[0]?.abort();
    for (let second = 0; second < 30 && ids().length === IDS; second++) await bench.pass(1_000);
    expect(ids().slice(IDS)).toEqual([FIRST_ID + 1]);
  });
});
