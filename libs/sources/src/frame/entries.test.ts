import { expect, it } from 'vitest';
import { Entries } from './entries.ts';
import { refusal } from './frame.ts';

it('keeps the entries of a frame that can be read, in their order, beside the refusals of the others', () => {
  const entries = new Entries<{ id: number }>();
  expect([entries.records, entries.refusals]).toEqual([[], undefined]);
  const why = refusal('bad-field', 'id: expected a number');
  for (const entry of [{ id: 1 }, why, { id: 2 }]) entries.add(entry);
  expect(entries.records).toEqual([{ id: 1 }, { id: 2 }]);
  expect(entries.refusals).toEqual([why]);
});
