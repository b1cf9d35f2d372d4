import { ONE } from '@concord/model';
import { testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { tradeRecord } from '../frame/records.ts';
import type { RawRecord, StreamCheckpoint } from '../session/stream-state.ts';
import { Acknowledged } from './acknowledged.ts';

const listing = testListing('test', 'A');
const { instrument } = listing;
const context = testContext('test', ['A']);

function trade(id: number | string, eventTime: number | null = 1_000_000): RawRecord {
  return tradeRecord(context, listing, {
    receiveTime: 2_000_000,
    origin: 'LIVE',
    eventTime,
    precision: 'MILLISECOND',
    venueSequence: null,
    idKind: typeof id === 'number' ? 'TRADE' : 'OPAQUE',
    firstId: String(id),
    lastId: String(id),
    fills: null,
    price: ONE,
    size: ONE,
    side: 'BUY',
  });
}

class Bench {
  readonly acknowledged = new Acknowledged();
  accepted = 0;
  settled = 0;

  hand(...ids: (number | string)[]): this {
    for (const id of ids) this.acknowledged.handOver('trades', trade(id, 1_000_000 + ++this.accepted));
    return this;
  }

  /** The broker takes what was handed over, but for the last `left` records. */
  settle(left = 0): StreamCheckpoint | undefined {
    this.settled = this.accepted - left;
    this.acknowledged.settle(this);
    return this.acknowledged.of(instrument, 'trades');
  }
}

describe('what is known to be in the log', () => {
  it('is nothing before the first acknowledgement', () => {
    const bench = new Bench().hand(7, 8);
    expect(bench.settle(1)).toBeUndefined();
  });

  it('is the last id and the newest event time of what was acknowledged', () => {
    const bench = new Bench().hand(7, 8);
    expect(bench.settle()).toEqual({ lastId: 8, lastEventTime: 1_000_002, openHoles: [], uncounted: 0 });
  });

  it('does not say more than was acknowledged while records wait', () => {
    const bench = new Bench().hand(7, 8);
    bench.settle();
    bench.hand(9, 10);
    expect(bench.settle(1)).toMatchObject({ lastId: 8 });
    bench.hand(11);
    expect(bench.settle(1)).toMatchObject({ lastId: 10 });
    expect(bench.settle()).toMatchObject({ lastId: 11 });
  });

  it('names the ids that were jumped over until they come or are given up', () => {
    const bench = new Bench().hand(1, 5, 9);
    expect(bench.settle()?.openHoles).toEqual([
      { first: 2, last: 4 },
      { first: 6, last: 8 },
    ]);
    bench.hand(3);
    expect(bench.settle()?.openHoles).toEqual([
      { first: 2, last: 2 },
      { first: 4, last: 4 },
      { first: 6, last: 8 },
    ]);
    bench.acknowledged.giveUp(instrument, 'trades', { first: 6, last: 8 });
    bench.hand(2, 4);
    expect(bench.settle()).toMatchObject({ lastId: 9, openHoles: [] });
  });

  it('goes on from a checkpoint, so that what nobody has written since is a hole', () => {
    const bench = new Bench();
    const openHoles = [{ first: 50, last: 51 }];
    bench.acknowledged.resume(instrument, 'trades', { lastId: 99, lastEventTime: 1_000_000, openHoles });
    expect(bench.settle()).toEqual({ lastId: 99, lastEventTime: 1_000_000, openHoles, uncounted: 0 });
    bench.hand(110);
    expect(bench.settle()).toMatchObject({
      lastId: 110,
      openHoles: [...openHoles, { first: 100, last: 109 }],
    });
  });

  it('is a time alone where ids have no arithmetic', () => {
    const bench = new Bench().hand('x', 'y');
    expect(bench.settle()).toEqual({ lastId: null, lastEventTime: 1_000_002, openHoles: [], uncounted: 0 });
  });

  it('stays before a hole that nobody can count until it is known what became of it', () => {
    const bench = new Bench().hand('x');
    const { acknowledged } = bench;
    acknowledged.interrupt(instrument, 'trades');
    expect(bench.hand('y').settle()).toMatchObject({ lastEventTime: 1_000_001, uncounted: 1 });
    acknowledged.interrupt(instrument, 'trades');
    expect(bench.hand('z').settle()).toMatchObject({ lastEventTime: 1_000_001, uncounted: 2 });
    acknowledged.settleHole(instrument, 'trades');
    expect(bench.settle()).toMatchObject({ lastEventTime: 1_000_002, uncounted: 1 });
    acknowledged.settleHole(instrument, 'trades');
    expect(bench.settle()).toMatchObject({ lastEventTime: 1_000_003, uncounted: 0 });
  });

  it('stays there after a restart, until the holes of before have come to their end as well', () => {
    const bench = new Bench();
    const { acknowledged } = bench;
    const checkpoint = { lastId: null, lastEventTime: 900_000, openHoles: [], uncounted: 1 };
    acknowledged.resume(instrument, 'trades', checkpoint);
    acknowledged.interrupt(instrument, 'trades');
    expect(bench.hand('x').settle()).toMatchObject({ lastEventTime: 900_000, uncounted: 2 });
    acknowledged.settleHole(instrument, 'trades');
    acknowledged.settleHole(instrument, 'trades');
    expect(bench.settle()).toMatchObject({ lastEventTime: 1_000_001, uncounted: 0 });
  });

  it("is never later than what was received: the venue's clock may have been ahead", () => {
    const bench = new Bench();
    bench.acknowledged.handOver('trades', trade('x', 9_000_000));
    bench.hand();
    expect(bench.settle()).toMatchObject({ lastEventTime: 2_000_000 });
  });

  it('is what the venue said where there are no ids: whoever fetches from earlier on could not tell what had come', () => {
    const bench = new Bench();
    const ahead = { ...trade('x', 9_000_000), idKind: 'NONE', firstId: null, lastId: null } as const;
    bench.acknowledged.handOver('trades', ahead);
    bench.hand();
    expect(bench.settle()).toMatchObject({ lastEventTime: 9_000_000 });
  });
});
