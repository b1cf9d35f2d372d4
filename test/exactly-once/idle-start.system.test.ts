import { expect, inject, test } from 'vitest';
import { Arena } from './arena.ts';
import { StartedRunner } from './started.ts';

test('a stage that never came to a commit shows no position, so that its next start is not taken for a lost state', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  await using idle = new StartedRunner(arena);
  await idle.untilRunning(1);
  expect(idle.status.tasks[0]?.committedOffsets).toEqual({});
  arena.feed(10);
  expect(await arena.differences()).toEqual([]);
  expect(idle.status.tasks[0]?.committedOffsets).toEqual({ 'in.left': 5, 'in.right': 5 });
});
