import { expect, inject, test } from 'vitest';
import { Arena, clock, until } from './arena.ts';
import { StartedRunner } from './started.ts';
import { sumsStage } from './sums-stage.ts';

const BUSY_MS = 3_000;

test('a busy task silences neither the other tasks nor the heartbeats', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 2);
  let busy = false;
  const folded: { partition: number; delayMs: number }[] = [];
  const stage = sumsStage({
    prepare: async (records) => {
      if (busy && records[0]?.partition === 0) await clock.sleep(BUSY_MS);
    },
    committed: (partition, outputs) => {
      for (const { timestampMs } of outputs) folded.push({ partition, delayMs: clock.nowMs() - timestampMs });
    },
  });
  await using runner = new StartedRunner(arena, { stage, queueRecords: 100 });
  await runner.untilRunning(2);
  await arena.feedFor(500, 200);
  folded.length = 0;
  busy = true;
  await arena.feedFor(BUSY_MS, 400);
  busy = false;
  const delays = folded.filter(({ partition }) => partition === 1).map(({ delayMs }) => delayMs);
  const worst = Math.max(...delays);
  console.log(`${delays.length} outputs of the other task meanwhile, the slowest after ${worst} ms`);
  expect(delays.length).toBeGreaterThan(300);
  // What waited for the busy task from its beginning on would be as late as that takes.
  expect(worst).toBeLessThan(0.8 * BUSY_MS);
  expect(runner.takeovers).toBe(2);
  expect(await arena.differences()).toEqual([]);
});

test('a replica whose tasks are all busy beyond the session time stays in the group', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  let busy = true;
  const stage = sumsStage({ prepare: () => (busy ? clock.sleep(8_000) : Promise.resolve()) });
  await using runner = new StartedRunner(arena, { stage, queueRecords: 50 });
  await runner.untilRunning(1);
  arena.feed(400);
  await until('the queue is full', () => (runner.status.tasks[0]?.queued ?? 0) > 0);
  busy = false;
  expect(await arena.differences()).toEqual([]);
  expect(runner.takeovers).toBe(1);
});
