import { askedHistory, opaqueTrades, settle, testListing, TestSubscription } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

const SECOND = 1_000;

/** Two streams whose trade ids have no arithmetic, live, each with a trade; then a cut, and the next connection, open and not confirmed yet. */
async function cutAndBack(sockets = 1) {
  const { history, asked } = askedHistory();
  const venue = { createParser: opaqueTrades };
  const test = new TestSubscription({ symbols: ['A', 'B'], sockets, history, venue });
  await test.clock.pass(0);
  for (const socket of test.sockets.connections) socket.accept().deliver({ acks: ['trades:A', 'trades:B'] });
  await settle();
  test.sockets.last.deliver({ trades: 'A', ids: [1] });
  test.sockets.last.deliver({ trades: 'B', ids: [11] });
  await test.clock.pass(SECOND);
  for (const socket of [...test.sockets.connections]) socket.fail('closed');
  await test.clock.pass(2 * SECOND);
  test.sockets.last.accept();
  await settle();
  return { test, asked };
}

const A = testListing('test', 'A').instrument;

describe('the gap of an interruption where ids have no arithmetic', () => {
  it('stands before the first trade of the next connection, also where that comes before all streams are confirmed', async () => {
    const { test, asked } = await cutAndBack();
    test.sockets.last.deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [4] });
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 11, 'reconnect', 'gap', 4, 5]);
    test.sockets.last.deliver({ acks: ['trades:B'] });
    test.sockets.last.deliver({ trades: 'B', ids: [14] });
    await test.clock.pass(SECOND);
    expect(test.story(['session'])).toEqual([1, 11, 'reconnect', 'gap', 4, 5, 'gap', 14]);
    expect(test.markers('gap').map(({ instrument }) => instrument)).toEqual([
      A,
      testListing('test', 'B').instrument,
    ]);
    expect(asked.filter(({ listing }) => listing.instrument === A)[0]).toMatchObject({
      ids: null,
      after: { lastId: '1' },
    });
    await test.stop();
  });

  it('is told once, however late the other streams are confirmed', async () => {
    const { test } = await cutAndBack();
    test.sockets.last.deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [4] });
    await test.clock.pass(20 * SECOND);
    test.sockets.last.deliver({ acks: ['trades:B'] });
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await test.clock.pass(SECOND);
    expect(test.markers('gap').filter(({ instrument }) => instrument === A)).toHaveLength(1);
    await test.stop();
  });

  it('is none for a stream that was just added to a live connection', async () => {
    const { history } = askedHistory();
    const test = new TestSubscription({ history, venue: { createParser: opaqueTrades } });
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    const added = testListing('test', 'B');
    test.listings.set(added.instrument, added);
    test.subscription?.add([added.instrument]);
    await test.clock.pass(SECOND);
    test.sockets.last.deliver({ acks: ['trades:B'] });
    test.sockets.last.deliver({ trades: 'B', ids: [11] });
    await test.clock.pass(SECOND);
    expect(test.markers('gap')).toEqual([]);
    await test.stop();
  });
});
