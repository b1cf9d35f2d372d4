import { expect, inject, test } from 'vitest';
import { Arena, clock, faultRounds, seededChance, until } from './arena.ts';
import { StartedRunner } from './started.ts';

const PARTITIONS = 4;

function takeoversOf(runner: StartedRunner): Map<number, number> {
  return new Map(runner.status.tasks.map(({ partition, takeovers }) => [partition, takeovers]));
}

test('replicas that come and go in mid-stream change nothing, and retained tasks are not reloaded', async () => {
  const { random } = seededChance();
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, PARTITIONS);
  await using first = new StartedRunner(arena);
  await first.untilRunning(PARTITIONS);
  let retained = 0;
  for (let round = 0; round < 4 * faultRounds(); round++) {
    await arena.feedFor(200 + random() * 400, 1_000);
    const held = new Set(first.running);
    await using second = new StartedRunner(arena);
    const feeding = arena.feedFor(2_500, 1_000);
    await until('the tasks are shared', () => second.running.length === 2 && first.running.length === 2);
    expect(first.running.every((partition) => held.has(partition))).toBe(true);
    const kept = takeoversOf(first);
    retained += kept.size;
    await feeding;
    await second.stop();
    await until('one replica has all tasks', () => first.running.length === PARTITIONS);
    const now = takeoversOf(first);
    for (const [partition, takeovers] of kept) expect(now.get(partition)).toBe(takeovers);
    await clock.sleep(random() * 200);
  }
  expect(await arena.differences()).toEqual([]);
  expect(retained).toBeGreaterThanOrEqual(8);
});

test('of three replicas each goes on with tasks that it held when the third came', async () => {
  const tasks = 6;
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, tasks);
  await using first = new StartedRunner(arena);
  await first.untilRunning(tasks);
  await using second = new StartedRunner(arena);
  const shared = (): number[] => [first, second].map(({ running }) => running.length);
  await until('two replicas share the tasks', () => shared().every((count) => count === 3));
  const held = [first, second].map((runner) => new Set(runner.running));
  await using third = new StartedRunner(arena);
  await third.untilRunning(2);
  await until('three replicas share the tasks', () => shared().every((count) => count === 2));
  for (const [index, runner] of [first, second].entries())
    expect(runner.running.filter((partition) => !held[index]?.has(partition))).toEqual([]);
});
