import { expect, it } from 'vitest';
import { afterLastWord } from './last-word.ts';

const SECOND = 1_000_000;
const CHECKPOINT = { lastId: null, lastEventTime: 10 * SECOND, openHoles: [], saidAt: 12 * SECOND };

it('a stream goes on from the last record of one that said that it stopped', () => {
  expect(afterLastWord(CHECKPOINT)).toEqual(CHECKPOINT);
});

it('a stream goes on behind what one that was killed may have told after its last word', () => {
  expect(afterLastWord({ ...CHECKPOINT, isAbandoned: true }).lastEventTime).toBe(17 * SECOND);
});

it('a stream goes on behind the last word of one that had told on behind a hole', () => {
  expect(afterLastWord({ ...CHECKPOINT, uncounted: 1 }).lastEventTime).toBe(12 * SECOND);
});

it('a stream goes on from its time where nobody knows when that was said, and nowhere without one', () => {
  const { saidAt: _, ...unsaid } = CHECKPOINT;
  expect(afterLastWord({ ...unsaid, isAbandoned: true })).toMatchObject({ lastEventTime: 10 * SECOND });
  expect(afterLastWord({ ...CHECKPOINT, lastEventTime: null, isAbandoned: true }).lastEventTime).toBeNull();
});
