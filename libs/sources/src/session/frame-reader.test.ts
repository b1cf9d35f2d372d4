import { silentLogger, testContext, testListing, testVenue, type TestFrame } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { StreamState } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';

const NOW_MS = 7_000;

/** Reads frames of the test venue, whose stream `trades:A` is or is not confirmed, and notes what it does with them. */
class Reading {
  readonly done: unknown[] = [];
  readonly state: StreamState;
  readonly reader: FrameReader;

  constructor(isComplete = true) {
    const venue = testVenue();
    const table = new StreamTable();
    const [stream] = venue.streamsOf(testListing('test', 'A'), ['trades']);
    if (stream === undefined) throw new Error('the test venue has trades');
    this.state = new StreamState(stream, 0);
    table.add([this.state]);
    const note =
      (name: string) =>
      (...args: unknown[]): void =>
        void this.done.push([name, ...args]);
    this.reader = new FrameReader({
      session: 's',
      parser: venue.createParser(testContext('test', ['A'])),
      table,
      writer: {
        records: (kind, records) => note('records')(kind, records.length),
        refuse: (refusals, data) => note('refuse')(refusals.map(({ code }) => code).join(), data.length),
      },
      subscriber: {
        isComplete,
        confirm: (key) => this.done.push(['confirm', key]) > 0,
        reject: note('reject'),
        resubscribe: note('resubscribe'),
      },
      counters: { frame: note('frame'), venueError: note('error') },
      logger: silentLogger(),
    });
  }

  read(frame: TestFrame): string | null {
    return this.reader.read(Buffer.from(JSON.stringify(frame)), 1, NOW_MS);
  }
}

describe('FrameReader', () => {
  it('writes the records of a frame before it refuses the rest of it, with its bytes', () => {
    const test = new Reading();
    expect(test.reader.gotData).toBe(false);
    test.read({ trades: 'A', ids: [1, -1, 2] });
    expect(test.done).toEqual([
      ['frame', 29],
      ['records', 'trades', 2],
      ['refuse', 'bad-field', 29],
    ]);
    expect(test.reader.gotData).toBe(true);
  });

  it('takes data for a confirmation while one is awaited', () => {
    const test = new Reading(false);
    test.read({ trades: 'A', ids: [1] });
    expect(test.done.slice(1)).toEqual([
      ['confirm', 'trades:A'],
      ['records', 'trades', 1],
    ]);
  });

  it('takes a sign of life of a stream for one of its rhythm, and not for data', () => {
    const test = new Reading();
    for (let beat = 0; beat < 2; beat++) test.read({ alive: ['trades:A'] });
    expect(test.state.watch.judge(NOW_MS + 300_000)).toBe('alive');
    test.read({ acks: ['trades:A'] });
    expect(test.reader.gotData).toBe(false);
  });

  it('counts what the venue complains of, and rejects the streams that it names', () => {
    const test = new Reading();
    test.read({ rejects: 'trades:A', why: 'no such pair' });
    expect(test.done.slice(1)).toEqual([
      ['error', 'rejected'],
      ['reject', 'trades:A', 'no such pair'],
    ]);
  });

  it('tells why the venue will close the connection', () => {
    const test = new Reading();
    expect(test.read({ beat: true })).toBeNull();
    expect(test.read({ closing: 'maintenance' })).toBe('maintenance');
  });

  it('refuses what is not UTF-8 with its bytes, unread: no letter of it is replaced by another', () => {
    const test = new Reading();
    const id = Buffer.from(JSON.stringify({ trades: 'A', ids: [1], note: 'é' }), 'latin1');
    expect(test.reader.read(id, 1, NOW_MS)).toBeNull();
    expect(test.done).toEqual([
      ['frame', id.length],
      ['refuse', 'not-json', id.length],
    ]);
  });

  it('keeps the frame on which the parser broke, and reads the next', () => {
    const test = new Reading();
    test.read({ breaks: true });
    test.read({ trades: 'A', ids: [1] });
    expect(test.done.map((entry) => (entry as unknown[]).slice(0, 2))).toEqual([
      ['frame', 15],
      ['refuse', 'parser-broke'],
      ['frame', 24],
      ['records', 'trades'],
    ]);
  });
});
