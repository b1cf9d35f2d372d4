import { expect, test } from 'vitest';
import { PendingGroup } from './pending-group.ts';
import type { OutputRecord } from './stage.ts';

const marker = (size: number, topic = 'clean.trades'): OutputRecord => ({
  topic,
  key: 'k'.repeat(1_000),
  value: null,
  headers: { marker: 'session', extra: Buffer.alloc(size) },
  timestampMs: 7,
});

test('a group counts keys and headers as well as values', () => {
  const group = new PendingGroup(3);
  group.add(marker(700_000));
  expect(group.bytes).toBeGreaterThan(701_000);
});

test('outputs that are large together go out in several sends, in order, each within what one batch may hold', () => {
  const group = new PendingGroup(3);
  const sizes = [500_000, 7_900_000, 10, 20, 600_000, 30];
  for (const size of sizes) group.add(marker(size));
  group.add(marker(40, 'quarantine'));
  const rounds = group.rounds('p.');
  expect(rounds[0]?.map(({ topic }) => topic)).toEqual(['p.clean.trades', 'p.quarantine']);
  const lengths = rounds.map(
    (round) =>
      round
        .find(({ topic }) => topic === 'p.clean.trades')
        ?.messages.map(({ headers }) => lengthOf(headers?.['extra'])) ?? [],
  );
  expect(lengths.flat()).toEqual(sizes);
  expect(lengths).toEqual([[500_000], [7_900_000], [10, 20, 600_000, 30]]);
});

test('outputs of usual size make one send', () => {
  const group = new PendingGroup(0);
  for (let n = 0; n < 300; n++) group.add({ topic: 'o', key: 'k', value: Buffer.alloc(200), timestampMs: 0 });
  expect(group.rounds('')).toHaveLength(1);
  expect(new PendingGroup(0).rounds('')).toEqual([]);
});

function lengthOf(header: unknown): number {
  return Buffer.isBuffer(header) ? header.length : NaN;
}
