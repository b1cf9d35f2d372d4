import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import {
  entryMessages,
  intoRounds,
  jsonRecord,
  OWNER_KEY,
  PART_BYTES,
  partsOf,
  SNAPSHOT_KEY,
  StateCollector,
} from './state-records.ts';

/** Feeds messages to a collector as a load would. */
function collect(messages: readonly Message[]): StateCollector {
  const collector = new StateCollector('me');
  for (const message of messages) {
    const headers = Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, value]) => [name, Buffer.from(String(value))]),
    );
    const value = typeof message.value === 'string' ? Buffer.from(message.value) : message.value;
    collector.add(String(message.key), value, headers);
  }
  return collector;
}

function snapshotOf(entries: number): Message {
  return jsonRecord(0, SNAPSHOT_KEY, { format: 1, offsets: { t: 5 }, entries, checkpointMs: null }, 0);
}

describe('a saved state', () => {
  test('holds the newest value of every key, however large it is', () => {
    const versions = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c\u0000d'),
        fc.constantFrom(undefined, 0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 1),
      ),
    );
    fc.assert(
      fc.property(versions, (writes) => {
        const parts = new Map<string, number>();
        const wanted = new Map<string, Buffer>();
        const messages: Message[] = [];
        writes.forEach(([key, size], index) => {
          const value = size === undefined ? null : Buffer.alloc(size, index);
          messages.push(...entryMessages(0, { topic: 't', key, value }, parts.get(key) ?? 0, 0));
          parts.set(key, partsOf(value));
          if (value === null) wanted.delete(key);
          else wanted.set(key, value);
        });
        messages.push(snapshotOf(wanted.size));
        const { entries } = collect(messages).finish();
        const digest = (value: Buffer): string => createHash('sha1').update(value).digest('hex');
        expect(new Map(entries.map(({ key, value }) => [key, digest(value)]))).toEqual(
          new Map(Array.from(wanted, ([key, value]) => [key, digest(value)])),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('keeps the entries of different inputs apart', () => {
    const one = { key: 'k', value: Buffer.from('1') };
    const { entries } = collect([
      ...entryMessages(0, { topic: 'x', ...one }, 0, 0),
      ...entryMessages(0, { topic: 'y', ...one }, 0, 0),
      snapshotOf(2),
    ]).finish();
    expect(entries.map(({ topic }) => topic)).toEqual(['x', 'y']);
  });

  test('is complete when its owner has met its own record, and no sooner', () => {
    const collector = new StateCollector('me');
    expect(collector.add(OWNER_KEY, Buffer.from('somebody else'), {})).toBe(false);
    expect(collector.add(OWNER_KEY, Buffer.from('me'), {})).toBe(true);
  });

  test('that is empty is no error', () => {
    expect(collect([]).finish()).toEqual({ position: undefined, snapshot: undefined, entries: [] });
  });

  test.each([
    ['has fewer entries than it says', [snapshotOf(1)], /has 1 entries and 0 were found/],
    ['has positions and no snapshot', [jsonRecord(0, 'position', { t: 1 }, 0)], /no snapshot/],
    ['is not JSON', [{ ...snapshotOf(0), value: 'x' }], /JSON/],
    ['is of another format', [jsonRecord(0, SNAPSHOT_KEY, { format: 2 }, 0)], /format is 2/],
    ['is no object', [jsonRecord(0, SNAPSHOT_KEY, 7, 0)], /not an object/],
  ])('is refused when it %s', (_what, messages, problem) => {
    expect(() => collect(messages).finish()).toThrow(problem);
  });
});

test('rounds keep the order and stay small, but for a message that is large by itself', () => {
  const message = (size: number, n: number): Message => ({ key: String(n), value: Buffer.alloc(size) });
  const sizes = [100_000, 100_000, 1, 900_000, 1, ...Array.from({ length: 600 }, () => 10)];
  const rounds = intoRounds(sizes.map(message));
  expect(rounds.flat().map(({ key }) => Number(key))).toEqual(sizes.map((_, n) => n));
  expect(rounds.map((round) => round.length)).toEqual([1, 2, 1, 500, 101]);
  expect(intoRounds([])).toEqual([]);
});
