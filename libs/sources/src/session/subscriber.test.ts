import { ManualClock, silentLogger, testListing, testVenue } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import type { Kind } from '@concord/model';
import { StreamState } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';
import { Subscriber } from './subscriber.ts';

const SECOND = 1_000;

/** What a session asks the test venue for, on a connection that has just been opened. */
class Subscribed {
  readonly clock = new ManualClock();
  readonly table = new StreamTable();
  readonly sent: string[] = [];
  isSending = false;
  readonly resyncs: string[] = [];
  readonly resubscribed: string[] = [];
  readonly subscriber: Subscriber;

  constructor(symbols: readonly string[], kind: Kind = 'trades') {
    const venue = testVenue();
    const streams = symbols.flatMap((symbol) => venue.streamsOf(testListing('test', symbol), [kind]));
    this.table.add(streams.map((stream) => new StreamState(stream, 0)));
    this.subscriber = new Subscriber({
      session: 's',
      venue,
      table: this.table,
      writer: { resync: ({ key }) => this.resyncs.push(key) },
      machineClock: this.clock,
      logger: silentLogger(),
      send: (text) => this.sent.push(text),
      isSending: () => this.isSending,
      resubscribed: ({ stream }) => this.resubscribed.push(stream.key),
    });
    this.subscriber.start(venue.dial(streams));
    this.sent.length = 0;
  }

  rejections(): unknown[] {
    return Array.from(this.table, ({ rejection }) => rejection);
  }
}

describe('Subscriber', () => {
  it('is complete once every stream was confirmed, rejected or taken away', () => {
    const { subscriber, table } = new Subscribed(['A', 'B', 'C']);
    subscriber.confirm('trades:A');
    subscriber.reject('trades:B', 'no such pair');
    expect(subscriber.isComplete).toBe(false);
    subscriber.remove(
      table.streams.filter(({ key }) => key === 'trades:C'),
      true,
    );
    expect(subscriber.isComplete).toBe(true);
  });

  it('holds nothing against a stream that an error names after it was confirmed', () => {
    const test = new Subscribed(['A', 'B']);
    test.subscriber.confirm('trades:A');
    for (const key of ['trades:A', 'trades:B']) test.subscriber.reject(key, 'rate');
    expect(test.rejections()).toEqual([null, 'rate']);
  });

  it('asks one by one for what stays unconfirmed, then goes on without it', () => {
    const test = new Subscribed(['A', 'B']);
    test.subscriber.confirm('trades:A');
    expect(test.subscriber.judgeConfirmations(10 * SECOND - 1)).toBeUndefined();
    expect(test.sent).toEqual([]);
    expect(test.subscriber.judgeConfirmations(10 * SECOND)).toBeUndefined();
    expect(test.sent).toEqual(['unsubscribe trades:B', 'subscribe trades:B']);
    expect(test.subscriber.judgeConfirmations(20 * SECOND)).toBeUndefined();
    expect(test.rejections()).toEqual([null, 'never confirmed']);
    expect(test.subscriber.isComplete).toBe(true);
  });

  it('waits for confirmations from when the last message was sent, however long others were before it', () => {
    const test = new Subscribed(['A', 'B']);
    test.isSending = true;
    for (let ms = 0; ms <= 60 * SECOND; ms += SECOND)
      expect(test.subscriber.judgeConfirmations(ms)).toBeUndefined();
    test.isSending = false;
    expect(test.subscriber.judgeConfirmations(70 * SECOND - 1)).toBeUndefined();
    expect(test.sent).toEqual([]);
    test.subscriber.judgeConfirmations(70 * SECOND);
    expect(test.sent).toHaveLength(4);
  });

  it('asks each minute for what it goes on without, until the venue says something', () => {
    const test = new Subscribed(['A', 'B']);
    test.subscriber.confirm('trades:A');
    const judgeEachSecond = (fromMs: number, toMs: number): void => {
      for (let ms = fromMs; ms < toMs; ms += SECOND)
        expect(test.subscriber.judgeConfirmations(ms)).toBeUndefined();
    };
    judgeEachSecond(0, 80 * SECOND);
    test.sent.length = 0;
    judgeEachSecond(80 * SECOND, 141 * SECOND);
    expect(test.sent).toEqual(Array(2).fill(['unsubscribe trades:B', 'subscribe trades:B']).flat());
    expect(test.rejections()).toEqual([null, 'never confirmed']);
    test.subscriber.reject('trades:B', 'no such pair');
    expect(test.rejections()).toEqual([null, 'no such pair']);
    test.sent.length = 0;
    judgeEachSecond(141 * SECOND, 300 * SECOND);
    expect(test.sent).toEqual([]);
  });

  it('serves a stream that the venue confirms late', () => {
    const test = new Subscribed(['A', 'B']);
    test.subscriber.confirm('trades:A');
    for (const ms of [10 * SECOND, 20 * SECOND]) test.subscriber.judgeConfirmations(ms);
    test.subscriber.confirm('trades:B');
    expect(test.rejections()).toEqual([null, null]);
    expect(test.subscriber.judgeConfirmations(80 * SECOND)).toBeUndefined();
    expect(test.sent).toEqual(['unsubscribe trades:B', 'subscribe trades:B']);
  });

  it('gives the connection up where no stream was ever confirmed', () => {
    const { subscriber } = new Subscribed(['A', 'B']);
    subscriber.judgeConfirmations(10 * SECOND);
    expect(subscriber.judgeConfirmations(20 * SECOND)).toEqual({
      end: 'unconfirmed',
      message: 'no stream was confirmed: trades:A, trades:B',
    });
  });

  it('asks anew for a stream that is mute, tells it, and wants another connection when that did not help', () => {
    const test = new Subscribed(['A', 'B'], 'quotes');
    test.subscriber.confirm('quotes:A');
    expect(test.subscriber.judgeRhythms(60 * SECOND)).toBeUndefined();
    expect([test.resyncs, test.resubscribed]).toEqual([['quotes:A'], ['quotes:A']]);
    expect(test.sent).toEqual(['unsubscribe quotes:A', 'subscribe quotes:A']);
    expect(test.subscriber.judgeRhythms(120 * SECOND)).toEqual({
      end: 'stale',
      message: 'quotes:A is mute beyond its own rhythm',
    });
    expect(Array.from(test.table, ({ stale }) => stale)).toEqual([true, false]);
  });
});
