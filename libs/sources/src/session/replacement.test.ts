import { settle, TestSubscription } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

const SECOND = 1_000;

/** A subscription to trades of A whose first connection has brought id 1. */
async function started(
  options: ConstructorParameters<typeof TestSubscription>[0] = {},
): Promise<TestSubscription> {
  const test = new TestSubscription(options);
  await test.live('trades:A');
  test.sockets.last.deliver({ trades: 'A', ids: [1] });
  await settle();
  return test;
}

describe('a connection whose end is foreseen', () => {
  it('is replaced before it is closed when the venue announces a shutdown', async () => {
    const test = await started();
    const [old] = test.sockets.connections;
    old?.deliver({ closing: 'maintenance' });
    await test.clock.pass(0);
    expect(test.sockets.connections).toHaveLength(2);
    expect(old?.closed).toBe(false);
    old?.deliver({ trades: 'A', ids: [2] });
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [2, 3] });
    await test.clock.pass(0);
    expect(old?.closed).toBe(true);
    test.sockets.last.deliver({ trades: 'A', ids: [4] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 2, 'reconnect', 3, 4]);
    expect(test.source.status()).toMatchObject({ state: 'LIVE', reconnects: 0 });
    await test.stop();
  });

  it('stays open while the one after it has neither brought data nor been live for some seconds', async () => {
    const test = await started();
    const [old] = test.sockets.connections;
    old?.deliver({ closing: 'maintenance' });
    await test.clock.pass(0);
    test.sockets.last.accept();
    await test.clock.pass(4 * SECOND);
    test.sockets.last.deliver({ acks: ['trades:A'] });
    await test.clock.pass(4 * SECOND);
    expect(old?.closed).toBe(false);
    await test.clock.pass(2 * SECOND);
    expect(old?.closed).toBe(true);
    await test.stop();
  });

  it('is replaced before the age at which the venue cuts it, never twice at the same age', async () => {
    const ages = new Set<number>();
    for (const seed of [1, 2, 3]) {
      const test = await started({
        seed,
        venue: { limits: { connectionMsMax: 100 * SECOND }, heartbeat: { silenceMs: 1e9 } },
      });
      let ageMs = 0;
      for (; test.sockets.connections.length < 2 && ageMs < 200 * SECOND; ageMs += 500) {
        await test.clock.pass(500);
        test.sockets.last.deliver({ trades: 'A', ids: [2 + ageMs / 500] });
      }
      expect(ageMs).toBeGreaterThan(85 * SECOND);
      expect(ageMs).toBeLessThan(100 * SECOND);
      ages.add(ageMs);
      await test.stop();
    }
    expect(ages.size).toBeGreaterThan(1);
  });

  it('is taken over by the one after it when the venue is quicker', async () => {
    const test = await started();
    const [old] = test.sockets.connections;
    old?.deliver({ closing: 'now' });
    await test.clock.pass(0);
    old?.fail('closed');
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [2] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 'reconnect', 2]);
    expect(test.source.status()).toMatchObject({ state: 'LIVE', reconnects: 1 });
    await test.stop();
  });

  it('serves on while its replacement cannot be opened, and that is tried again', async () => {
    const test = await started();
    const [old] = test.sockets.connections;
    old?.deliver({ closing: 'maintenance' });
    await test.clock.pass(0);
    test.sockets.last.fail('unreachable');
    await test.clock.pass(SECOND);
    expect(test.sockets.connections).toHaveLength(3);
    old?.deliver({ trades: 'A', ids: [2] });
    test.sockets.last.accept().deliver({ trades: 'A', ids: [3] });
    await test.clock.pass(0);
    expect(old?.closed).toBe(true);
    expect(test.story(['session'])).toEqual([1, 2, 'reconnect', 3]);
    await test.stop();
  });

  it('leaves no timer and no socket when it is stopped in the middle of a replacement', async () => {
    const test = await started();
    test.sockets.last.deliver({ closing: 'maintenance' });
    await test.clock.pass(0);
    await test.stop();
    expect(test.sockets.connections.every(({ closed }) => closed)).toBe(true);
    expect(test.clock.pending).toBe(0);
  });
});

describe('sockets side by side', () => {
  it('tell each trade once, whichever brings it first', async () => {
    const test = new TestSubscription({ sockets: 2 });
    await test.clock.pass(0);
    const [one, two] = test.sockets.connections;
    one?.accept().deliver({ acks: ['trades:A'] });
    two?.accept().deliver({ acks: ['trades:A'] });
    one?.deliver({ trades: 'A', ids: [1, 2] });
    two?.deliver({ trades: 'A', ids: [1, 2, 3] });
    one?.deliver({ trades: 'A', ids: [3, 4] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 2, 3, 4]);
    await test.stop();
  });

  it('lose nothing when one of them is cut, and find a hole that only both have', async () => {
    const test = new TestSubscription({ sockets: 2 });
    await test.clock.pass(0);
    const [one, two] = test.sockets.connections;
    for (const socket of [one, two]) socket?.accept().deliver({ acks: ['trades:A'] });
    one?.deliver({ trades: 'A', ids: [1] });
    one?.fail('closed');
    two?.deliver({ trades: 'A', ids: [1] });
    two?.deliver({ trades: 'A', ids: [2] });
    two?.deliver({ trades: 'A', ids: [5] });
    await settle();
    expect(test.story(['session', 'repair'])).toEqual([1, 2, 'gap', 5]);
    await test.stop();
  });

  it('take quotes without ids from one of them, and from the other when that one is gone', async () => {
    const test = new TestSubscription({ sockets: 2, kinds: ['quotes'] });
    await test.clock.pass(0);
    const [one, two] = test.sockets.connections;
    for (const socket of [one, two]) socket?.accept().deliver({ acks: ['quotes:A'] });
    for (const socket of [one, two]) socket?.deliver({ quote: 'A' });
    await settle();
    expect(test.story(['session'])).toEqual(['quote']);
    one?.fail('closed');
    two?.deliver({ quote: 'A' });
    await settle();
    expect(test.story(['session'])).toEqual(['quote', 'quote']);
    await test.stop();
  });
});

describe('two sockets side by side of which the first brings nothing any more', () => {
  it('tell at once of quotes without ids that the other brings', async () => {
    const test = new TestSubscription({ sockets: 2, kinds: ['quotes'] });
    await test.clock.pass(0);
    const [one, two] = test.sockets.connections;
    for (const socket of [one, two]) socket?.accept().deliver({ acks: ['quotes:A'] });
    one?.deliver({ quote: 'A' });
    await test.clock.pass(10);
    two?.deliver({ quote: 'A' });
    await settle();
    expect(test.story(['session'])).toEqual(['quote', 'quote']);
    expect(one?.closed).toBe(false);
    await test.stop();
  });

  it('tell a quote once while the other is still being set up', async () => {
    const test = new TestSubscription({ sockets: 2, kinds: ['quotes'] });
    await test.clock.pass(0);
    const [one, two] = test.sockets.connections;
    one?.accept().deliver({ acks: ['quotes:A'] });
    two?.accept();
    for (const socket of [two, one]) socket?.deliver({ quote: 'A' });
    await settle();
    expect(test.story(['session'])).toEqual(['quote']);
    await test.stop();
  });
});

describe('endpoints', () => {
  const venue = { endpoints: ['ws://first', 'ws://second'], heartbeat: { silenceMs: 600_000 } };

  async function fails(test: TestSubscription, times: number): Promise<void> {
    for (let failure = 0; failure < times; failure++) {
      const { length } = test.sockets.connections;
      test.sockets.last.fail('unreachable');
      while (test.sockets.connections.length === length) await test.clock.pass(100);
    }
  }

  function urls(test: TestSubscription): string[] {
    return test.sockets.connections.map(({ url }) => url);
  }

  it('are left after two failures in a row, for the next in order of preference', async () => {
    const test = new TestSubscription({ venue });
    await test.clock.pass(0);
    await fails(test, 2);
    expect(urls(test)).toEqual(['ws://first', 'ws://first', 'ws://second']);
    await test.stop();
  });

  it('are all left alone for a while when all fail, then tried by one connection at a time', async () => {
    const symbols = ['A', 'B', 'C', 'D', 'E', 'F'];
    const test = new TestSubscription({ symbols, venue: { ...venue, limits: { streamsPerConnection: 1 } } });
    await test.clock.pass(0);
    for (const connection of test.sockets.connections) connection.fail('unreachable');
    const { length } = test.sockets.connections;
    await test.clock.pass(1_000);
    for (const connection of test.sockets.connections.slice(length)) connection.fail('unreachable');
    const before = test.sockets.connections.length;
    await test.clock.pass(20 * SECOND);
    // Of each endpoint one probe is out, which nobody has answered.
    expect(test.sockets.connections.length - before).toBeLessThanOrEqual(2);
    await test.stop();
  });

  it('are tried again after the pause, and the preferred one is taken once it serves', async () => {
    const test = new TestSubscription({ venue });
    await test.clock.pass(0);
    await fails(test, 2);
    test.sockets.last.accept().deliver({ trades: 'A', ids: [1] });
    await test.clock.pass(60 * SECOND);
    test.sockets.last.fail('closed');
    await test.clock.pass(SECOND);
    expect(test.sockets.last.url).toBe('ws://first');
    await test.stop();
  });
});
