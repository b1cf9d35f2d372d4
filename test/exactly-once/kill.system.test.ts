import { expect, inject, test } from 'vitest';
import { Arena, clock, faultRounds, seededChance } from './arena.ts';
import { Replica } from './replica.ts';

const KILLS = 3;
const SIDE_BY_SIDE = 2;

/** One stage with one replica that is killed again and again while records flow. */
async function killedRun(random: () => number): Promise<{ problems: string[]; outputs: number }> {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 2);
  const feeding = new AbortController();
  const feed = (async () => {
    while (!feeding.signal.aborted) await arena.feedFor(100, 600);
  })();
  let replica = new Replica(arena);
  for (let kill = 0; kill < KILLS * faultRounds(); kill++) {
    await replica.untilRunning(2);
    await clock.sleep(random() * 700);
    await replica.kill();
    replica = new Replica(arena);
  }
  await replica.untilRunning(2);
  feeding.abort();
  await feed;
  await using last = replica;
  const problems = await arena.differences();
  expect(await last.stop()).toBe(0);
  return { problems, outputs: [...(await arena.actual()).values()].flat().length };
}

test('a stage killed at any moment gives what an undisturbed run gives', async () => {
  const { random } = seededChance();
  const runs = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => killedRun(random)));
  for (const { problems, outputs } of runs) {
    expect(problems).toEqual([]);
    expect(outputs).toBeGreaterThan(1_000);
  }
});
