import { settle, TestSubscription, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

const SECOND = 1_000;

function list(test: TestSubscription, ...symbols: string[]): string[] {
  for (const symbol of symbols) {
    const listing = testListing('test', symbol);
    test.listings.set(listing.instrument, listing);
  }
  return symbols;
}

describe('a pool of connections', () => {
  it('cuts more streams than a connection carries into several', async () => {
    const symbols = ['A', 'B', 'C', 'D', 'E'];
    const test = new TestSubscription({ symbols, venue: { limits: { streamsPerConnection: 2 } } });
    await test.clock.pass(0);
    for (const connection of test.sockets.connections) connection.accept();
    await test.clock.pass(0);
    expect(test.sockets.connections.map(({ sent }) => sent)).toEqual([
      ['subscribe trades:A', 'subscribe trades:B'],
      ['subscribe trades:C', 'subscribe trades:D'],
      ['subscribe trades:E'],
    ]);
    await test.stop();
  });

  it('keeps streams of different groups apart', async () => {
    const test = new TestSubscription({
      kinds: ['trades', 'bars'],
      venue: {
        streamsOf: (listing, kinds) =>
          kinds.map((kind) => ({ listing, kind, key: `${kind}:${listing.symbol}`, group: kind })),
        dial: (streams) => ({ path: `/${streams[0]?.group}`, subscribe: [], confirmedByUrl: true }),
      },
    });
    await test.clock.pass(0);
    expect(test.sockets.connections.map(({ url }) => url)).toEqual(['ws://test/trades', 'ws://test/bars']);
    await test.stop();
  });

  it('takes an instrument in on an open connection, without a break for the others', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.subscription?.add(list(test, 'B'));
    test.sockets.last.deliver({ acks: ['trades:B'] });
    test.sockets.last.deliver({ trades: 'B', ids: [7] });
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    await settle();
    expect(test.sockets.connections).toHaveLength(1);
    expect(test.sockets.last.sent.at(-1)).toBe('subscribe trades:B');
    expect(test.story(['session'])).toEqual([7, 1]);
    await test.stop();
  });

  it('opens another connection when the others are full', async () => {
    const test = new TestSubscription({ venue: { limits: { streamsPerConnection: 1 } } });
    await test.live('trades:A');
    test.subscription?.add(list(test, 'B'));
    await test.clock.pass(0);
    expect(test.sockets.connections).toHaveLength(2);
    test.subscription?.remove(['B']);
    await test.clock.pass(0);
    expect(test.sockets.connections.map(({ closed }) => closed)).toEqual([false, true]);
    await test.stop();
  });

  it('lets an instrument go, and leaves out what still comes of it', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'] });
    await test.live('trades:A', 'trades:B');
    test.subscription?.remove(['B']);
    test.sockets.last.deliver({ trades: 'B', ids: [7] });
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    await settle();
    expect(test.sockets.last.sent.at(-1)).toBe('unsubscribe trades:B');
    expect(test.story(['session'])).toEqual([1]);
    expect(test.source.status().streams).toHaveLength(1);
    await test.stop();
  });

  it('subscribes what came in while a connection was being opened', async () => {
    const test = new TestSubscription();
    await test.clock.pass(0);
    test.subscription?.add(list(test, 'B'));
    test.sockets.last.accept().deliver({ acks: ['trades:A', 'trades:B'] });
    await test.clock.pass(2 * SECOND);
    test.sockets.last.accept().deliver({ trades: 'B', ids: [1] });
    await test.clock.pass(0);
    expect(test.sockets.connections.flatMap(({ sent }) => sent)).toContain('subscribe trades:B');
    expect(test.source.status()).toMatchObject({ state: 'LIVE' });
    await test.stop();
  });

  it('stays as small as it was through a thousand instruments that come and go', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    for (let round = 0; round < 1_000; round++) {
      test.subscription?.add(list(test, 'B'));
      test.sockets.last.deliver({ acks: ['trades:B'] });
      test.subscription?.remove(['B']);
    }
    await settle();
    expect(test.sockets.connections).toHaveLength(1);
    expect(test.source.status().streams).toHaveLength(1);
    const timers = test.clock.pending;
    test.subscription?.add(['B']);
    expect(test.clock.pending).toBe(timers);
    await test.stop();
    expect(test.clock.pending).toBe(0);
  });
});
