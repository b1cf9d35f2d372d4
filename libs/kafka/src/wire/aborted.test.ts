import { describe, expect, it } from 'vitest';
import { withoutAborted, type FetchedRecord } from './aborted.ts';

const ABORT = Buffer.alloc(4);
const COMMIT = Buffer.from([0, 0, 0, 1]);

function data(offset: number, producerId: string, key: Buffer | null = null): FetchedRecord {
  return {
    offset: String(offset),
    key,
    batchContext: { producerId, inTransaction: true, isControlBatch: false },
  };
}

function end(offset: number, producerId: string, key: Buffer): FetchedRecord {
  return {
    offset: String(offset),
    key,
    batchContext: { producerId, inTransaction: true, isControlBatch: true },
  };
}

const offsets = (records: readonly FetchedRecord[]): number[] => records.map(({ offset }) => Number(offset));

describe('records of aborted transactions', () => {
  it('are left out of several that overlap, also where the answer begins within them', () => {
    const messages = [
      data(21, 'a'),
      data(22, 'b'),
      end(23, 'a', ABORT),
      data(24, 'b'),
      end(25, 'b', ABORT),
      data(26, 'a'),
    ];
    const abortedTransactions = [
      { producerId: 'b', firstOffset: '19' },
      { producerId: 'a', firstOffset: '20' },
    ];
    expect(offsets(withoutAborted({ messages, abortedTransactions }))).toEqual([23, 25, 26]);
  });

  it('are left out once more when the same producer aborts again', () => {
    const messages = [
      data(0, 'a'),
      end(1, 'a', ABORT),
      data(2, 'a'),
      end(3, 'a', COMMIT),
      data(4, 'a'),
      end(5, 'a', ABORT),
    ];
    const abortedTransactions = [
      { producerId: 'a', firstOffset: '0' },
      { producerId: 'a', firstOffset: '4' },
    ];
    expect(offsets(withoutAborted({ messages, abortedTransactions }))).toEqual([1, 2, 3, 5]);
  });

  it('are not ended by a record whose key looks like the end of a transaction', () => {
    const messages = [data(0, 'a', ABORT), data(1, 'a'), end(2, 'a', ABORT)];
    const abortedTransactions = [{ producerId: 'a', firstOffset: '0' }];
    expect(offsets(withoutAborted({ messages, abortedTransactions }))).toEqual([2]);
  });

  it('do not take others with them', () => {
    const outside = {
      ...data(1, 'a'),
      batchContext: { producerId: 'a', inTransaction: false, isControlBatch: false },
    };
    const messages = [data(0, 'b'), outside];
    expect(
      withoutAborted({ messages, abortedTransactions: [{ producerId: 'a', firstOffset: '0' }] }),
    ).toEqual(messages);
    expect(withoutAborted({ messages, abortedTransactions: [] })).toBe(messages);
    expect(withoutAborted({ messages })).toBe(messages);
  });
});
