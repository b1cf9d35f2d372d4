import { expect, inject, test } from 'vitest';
import { Arena, clock, faultRounds, seededChance, until } from './arena.ts';
import { Replica } from './replica.ts';

const PARTITIONS = 2;

test('a replica that sleeps through its session and wakes doubles nothing and fences nobody', async () => {
  const { random } = seededChance();
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, PARTITIONS);
  await using sleeper = new Replica(arena);
  await sleeper.untilRunning(PARTITIONS);
  await using other = new Replica(arena);
  await until('the tasks are shared', () => sleeper.running === 1 && other.running === 1);
  for (let round = 0; round < faultRounds(); round++) {
    await arena.feedFor(500 + random() * 500, 1_000);
    sleeper.pause();
    const asleep = arena.feedFor(9_000, 300);
    await until('the other replica has both tasks', () => other.running === PARTITIONS);
    await asleep;
    const before = other.status?.tasks.map(({ takeovers }) => takeovers);
    // Records come all the while, so that the sleeper wakes to a commit under way and to a full queue.
    const awake = arena.feedFor(4_000, 1_000);
    sleeper.resume();
    await awake;
    await until('the tasks are shared again', () => sleeper.running === 1 && other.running === 1);
    const kept = other.status?.tasks[0];
    expect(kept?.lastError).toBeUndefined();
    expect(before).toContain(kept?.takeovers);
    await clock.sleep(100);
  }
  expect(await arena.differences()).toEqual([]);
});
