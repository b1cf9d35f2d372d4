import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startParts, storeRoot } from '@concord/local';
import { expect, test } from 'vitest';
import { Arena, faultRounds, seededChance } from './arena.ts';
import { StartedRunner } from './started.ts';

test('leaders that change under load change nothing', async (context) => {
  const runs = join(storeRoot, 'test');
  mkdirSync(runs, { recursive: true });
  const dir = mkdtempSync(join(runs, 'leaders-'));
  try {
    await using parts = await startParts({ dir, brokers: 3, registry: false, redis: false });
    if (parts.brokers.length < 3)
      return context.skip('the brokers are not ours to kill (KAFKA_BROKERS is set)');
    const { random } = seededChance();
    await using arena = await Arena.create({ brokers: parts.kafkaBrokers }, 4, 3);
    await using first = new StartedRunner(arena);
    await using second = new StartedRunner(arena);
    let kills = 0;
    for (let round = 0; round < 3 * faultRounds(); round++) {
      await arena.feedFor(1_000 + random() * 1_000, 800);
      const broker = parts.brokers[Math.floor(random() * 3)];
      const killed = broker?.kill();
      await arena.feedFor(2_500, 400);
      await killed;
      kills++;
      await broker?.restart();
    }
    await arena.feedFor(500, 800);
    const problems = await arena.differences(90_000);
    const lost = first.losses.length + second.losses.length;
    console.log(
      `${kills} brokers killed, ${arena.fed} records fed, ${first.commits + second.commits} commits, ${lost} tenures lost`,
    );
    expect(problems).toEqual([]);
    // What was acknowledged to the feeder is there as well: each number at least once.
    const records = [...(await arena.read(['in.left', 'in.right'])).values()].flat();
    expect(new Set(records.map(({ value, offset: _ }) => value?.toString())).size).toBeGreaterThan(
      arena.fed * 0.98,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
