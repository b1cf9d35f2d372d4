import { askedHistory, settle, testListing, TestSubscription } from '@concord/testkit';
import { expect, it } from 'vitest';
import type { StreamCheckpoint } from './stream-state.ts';

const SECOND = 1_000;
const TAKEN = testListing('test', 'B');

/** A replica that serves A, and is given B while its connection is live; `asked` are the holes of B for which history is asked. */
async function takesOver(checkpoint: StreamCheckpoint) {
  const { history, asked } = askedHistory();
  const resume = ({ listing }: { readonly listing: { readonly symbol: string } }) =>
    listing.symbol === 'B' ? checkpoint : undefined;
  const test = new TestSubscription({ history, resume });
  await test.live('trades:A');
  test.sockets.last.deliver({ trades: 'A', ids: [1] });
  await settle();
  test.listings.set(TAKEN.instrument, TAKEN);
  test.subscription?.add([TAKEN.instrument]);
  await settle();
  test.sockets.last.deliver({ acks: ['trades:B'] });
  const passes = async (seconds: number): Promise<void> => {
    for (let n = 0; n < seconds; n++) {
      test.sockets.last.deliver({ trades: 'A', ids: [2 + n] });
      await test.clock.pass(SECOND);
    }
  };
  return { test, asked, passes };
}

it('a quiet stream taken over on a live connection is asked for in history from where it was left', async () => {
  const { test, asked, passes } = await takesOver({ lastId: 100, lastEventTime: 5, openHoles: [] });
  await passes(8);
  expect(asked[0]).toMatchObject({ listing: { symbol: 'B' }, ids: { first: 101, last: null } });
  await test.stop();
});

it('a stream without contiguous ids taken over on a live connection is a hole from where it was left', async () => {
  const { test, asked, passes } = await takesOver({ lastId: null, lastEventTime: 5, openHoles: [] });
  await passes(1);
  expect(test.markers('gap')).toMatchObject([{ instrument: TAKEN.instrument, firstId: null }]);
  expect(asked[0]).toMatchObject({ listing: { symbol: 'B' }, ids: null, from: 5 });
  await test.stop();
});
