import type { RawTrade } from '@concord/codec';
import { settle, TestSubscription, testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { HistoryFailed, NotOffered } from '../errors.ts';
import { GAPS_MAX } from '../session/gaps.ts';
import type { Hole } from './hole.ts';
import type { History } from './history.ts';

const SECOND = 1_000;
const listing = testListing('test', 'A');

/** A venue's past that a test fills, with a list of what was asked for. */
class Past implements History {
  readonly asked: Hole['ids'][] = [];
  readonly ids = new Set<number>();
  failure: Error | undefined;

  pages(): never {
    throw new NotOffered('not asked for here');
  }

  async *repair({ ids }: Hole): AsyncGenerator<RawTrade[]> {
    this.asked.push(ids);
    if (this.failure !== undefined) throw this.failure;
    const context = { ...testContext('test', ['A']), session: 'past' };
    const known = [...this.ids].filter((id) => id >= (ids?.first ?? 0) && id <= (ids?.last ?? Infinity));
    for (const id of known.toSorted((a, b) => a - b)) {
      yield [
        venueTrade(context, listing, id, {
          receiveTime: 1,
          origin: 'BACKFILL',
          eventTime: id,
          precision: 'MICROSECOND',
          venueSequence: null,
        }),
      ];
    }
  }

  has(...ids: number[]): this {
    for (const id of ids) this.ids.add(id);
    return this;
  }
}

async function live(
  past: History,
  options: ConstructorParameters<typeof TestSubscription>[0] = {},
): Promise<TestSubscription> {
  const test = new TestSubscription({ history: past, ...options });
  await test.live('trades:A');
  return test;
}

function repairs(test: TestSubscription): unknown[] {
  return test.markers('repair').map(({ firstId, lastId, outcome }) => [firstId, lastId, outcome]);
}

describe('a hole among contiguous ids', () => {
  it('is filled from history, told as filled, and its records say where they are from', async () => {
    const past = new Past().has(2, 3, 4);
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 5] });
    await test.clock.pass(0);
    expect(test.story(['session'])).toEqual([1, 'gap', 5, 2, 3, 4, 'repair']);
    expect(repairs(test)).toEqual([['2', '4', 'filled']]);
    const trades = test.events.flatMap((event) => (event.type === 'records' ? event.trades : []));
    expect(trades.map(({ origin }) => origin)).toEqual(['LIVE', 'LIVE', 'BACKFILL', 'BACKFILL', 'BACKFILL']);
    const [state] = test.source.status().streams;
    const { missing, verified, late } = state?.state.ids ?? {};
    expect([missing, verified, late]).toEqual([0, 5, 0]);
    await test.stop();
  });

  it('is asked for again while the history lags behind the stream, for what is still missing only', async () => {
    const past = new Past().has(2);
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 5] });
    await test.clock.pass(0);
    past.has(3, 4);
    await test.clock.pass(10 * SECOND);
    expect(past.asked).toEqual([
      { first: 2, last: 4 },
      { first: 3, last: 4 },
    ]);
    expect(repairs(test)).toEqual([['2', '4', 'filled']]);
    await test.stop();
  });

  it('that history does not have is given up after some minutes, and exactly what is lost is told', async () => {
    const past = new Past().has(3);
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 6] });
    for (let minute = 0; minute < 10; minute++) {
      await test.clock.pass(60 * SECOND);
      test.sockets.last.deliver({ trades: 'A', ids: [7 + minute] });
    }
    expect(repairs(test)).toEqual([
      ['2', '2', 'unrepairable'],
      ['4', '5', 'unrepairable'],
    ]);
    expect(past.asked.length).toBeLessThan(25);
    expect(test.source.status().streams[0]?.state.ids.missing).toBe(3);
    await test.stop();
  });

  it('waits for a venue that cannot be reached', async () => {
    const past = new Past().has(2);
    past.failure = new HistoryFailed('history-unreachable', 'away');
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 3] });
    for (let minute = 0; minute < 20; minute++) {
      await test.clock.pass(60 * SECOND);
      test.sockets.last.deliver({ trades: 'A', ids: [4 + minute] });
    }
    expect(repairs(test)).toEqual([]);
    past.failure = undefined;
    await test.clock.pass(60 * SECOND);
    expect(repairs(test)).toEqual([['2', '2', 'filled']]);
    await test.stop();
  });

  it('is one of many while the venue is away: few questions are asked, and all of it comes', async () => {
    const holes = Array.from({ length: 1_500 }, (_, i) => 2 * i + 2);
    const past = new Past().has(...holes);
    past.failure = new HistoryFailed('history-unreachable', 'away');
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, ...holes.map((id) => id + 1)] });
    await test.clock.pass(SECOND);
    past.failure = undefined;
    past.asked.length = 0;
    await test.clock.pass(60 * SECOND);
    expect(past.asked.length).toBeLessThan(10);
    expect(repairs(test)).toHaveLength(1_500);
    expect(new Set(repairs(test).map((told) => JSON.stringify(told)))).toEqual(
      new Set(holes.map((id) => JSON.stringify([`${id}`, `${id}`, 'filled']))),
    );
    await test.stop();
  });

  it('is stated as unrepairable when more gaps are open than can be followed', async () => {
    const past = new Past();
    past.failure = new HistoryFailed('history-unreachable', 'away');
    const test = await live(past);
    const ids = Array.from({ length: GAPS_MAX + 3 }, (_, i) => 2 * i + 1);
    test.sockets.last.deliver({ trades: 'A', ids });
    await test.clock.pass(SECOND);
    expect(test.markers('gap')).toHaveLength(GAPS_MAX + 2);
    expect(repairs(test)).toEqual([
      ['2', '2', 'unrepairable'],
      ['4', '4', 'unrepairable'],
    ]);
    await test.stop();
  });

  it('is given up at once where the venue has no history', async () => {
    const past = new Past();
    past.failure = new NotOffered('none');
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 3] });
    await test.clock.pass(0);
    expect(test.story(['session'])).toEqual([1, 'gap', 3, 'repair']);
    expect(repairs(test)).toEqual([['2', '2', 'unrepairable']]);
    await test.stop();
  });

  it('is not asked for when late records close it first', async () => {
    const past = new Past();
    past.failure = new HistoryFailed('history-unreachable', 'away');
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 3] });
    await test.clock.pass(0);
    const asked = past.asked.length;
    test.sockets.last.deliver({ trades: 'A', ids: [2] });
    await test.clock.pass(60 * SECOND);
    expect(past.asked).toHaveLength(asked);
    expect(repairs(test)).toEqual([['2', '2', 'filled']]);
    await test.stop();
  });
});

describe('after an interruption', () => {
  async function interrupted(past: Past): Promise<TestSubscription> {
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2] });
    test.sockets.last.fail('closed');
    await test.clock.pass(SECOND);
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    return test;
  }

  it('a stream that stays quiet is looked up in history: what it missed is there', async () => {
    const past = new Past().has(1, 2, 3, 4);
    const test = await interrupted(past);
    await test.clock.pass(7 * SECOND);
    expect(past.asked).toEqual([{ first: 3, last: null }]);
    expect(test.story(['session', 'reconnect'])).toEqual([1, 2, 3, 4]);
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await settle();
    expect(test.markers('gap')).toEqual([]);
    await test.stop();
  });

  it('a stream that stays quiet is looked up until history shows what it missed, however late', async () => {
    const past = new Past();
    const test = await interrupted(past);
    const minutes = async (count: number): Promise<void> => {
      for (let at = 0; at < 6 * count; at++) {
        await test.clock.pass(10 * SECOND);
        test.sockets.last.beat();
      }
    };
    await minutes(1);
    past.has(3, 4);
    await minutes(10);
    expect(test.story(['session', 'reconnect'])).toEqual([1, 2, 3, 4]);
    await minutes(60);
    expect(past.asked.length).toBeLessThan(30);
    expect(past.asked.at(-1)).toEqual({ first: 5, last: null });
    const { length } = past.asked;
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await minutes(10);
    expect(past.asked).toHaveLength(length);
    expect(test.markers('gap')).toEqual([]);
    await test.stop();
  });

  it('a stream that had brought nothing before is looked up from when it was served first', async () => {
    const past = new Past();
    const test = await live(past);
    // The trades of this venue have their times for ids.
    const [first, second, third] = [1, 2, 3].map((n) => test.clock.nowMicros() + n) as [
      number,
      number,
      number,
    ];
    test.sockets.last.fail('closed');
    await test.clock.pass(SECOND);
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    past.has(first, second);
    await test.clock.pass(10 * SECOND);
    expect(test.story(['session', 'reconnect'])).toEqual(['gap', first, second]);
    test.sockets.last.deliver({ trades: 'A', ids: [third] });
    past.has(third);
    await test.clock.pass(SECOND);
    expect(test.story(['session', 'reconnect'])).toEqual(['gap', first, second, third, 'repair']);
    expect(repairs(test)).toEqual([[null, null, 'filled']]);
    expect(test.source.status().streams[0]?.state.suspect).toBe(0);
    await test.stop();
  });

  it('a stream that goes on by itself is not', async () => {
    const past = new Past();
    const test = await interrupted(past);
    test.sockets.last.deliver({ trades: 'A', ids: [3] });
    await test.clock.pass(10 * SECOND);
    expect(past.asked).toEqual([]);
    await test.stop();
  });

  it('of the process itself, the checkpoint says where to go on and which holes are open', async () => {
    const past = new Past().has(8, 11, 12);
    const test = new TestSubscription({
      history: past,
      resume: () => ({ lastId: 10, lastEventTime: 10, openHoles: [{ first: 8, last: 8 }] }),
    });
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [13] });
    await test.clock.pass(0);
    expect(test.story(['session'])).toEqual(expect.arrayContaining([8, 'repair', 'gap', 13, 11, 12]));
    expect(repairs(test)).toEqual([
      ['8', '8', 'filled'],
      ['11', '12', 'filled'],
    ]);
    await test.stop();
  });
});

describe('records lost after they were told', () => {
  it('are missed again and fetched again', async () => {
    const past = new Past().has(2, 3);
    const test = await live(past);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2, 3, 4] });
    await settle();
    test.source.refetch('trades', 'A', { first: 2, last: 3 });
    await test.clock.pass(0);
    expect(test.story(['session'])).toEqual([1, 2, 3, 4, 'gap', 2, 3, 'repair']);
    await test.stop();
  });
});
