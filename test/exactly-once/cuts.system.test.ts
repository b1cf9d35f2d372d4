import { expect, inject, test } from 'vitest';
import { Arena, clock, faultRounds, seededChance } from './arena.ts';
import { ProxiedBrokers } from './proxied.ts';
import { StartedRunner } from './started.ts';

const SECONDS = 15;

test('connections cut at random change nothing', { timeout: 60_000 + 30_000 * SECONDS }, async () => {
  const { random } = seededChance();
  const brokers = inject('kafkaBrokers');
  await using arena = await Arena.create({ brokers }, 3);
  await using proxied = await ProxiedBrokers.create(brokers);
  await using first = new StartedRunner(arena, { kafka: proxied.kafka });
  await using second = new StartedRunner(arena, { kafka: proxied.kafka });
  const endMs = clock.monotonicMs() + SECONDS * 1_000 * faultRounds();
  let takeovers = 0;
  while (clock.monotonicMs() < endMs) {
    await arena.feedFor(100 + random() * 900, 1_000);
    proxied.spoil(random);
    takeovers = Math.max(takeovers, first.takeovers + second.takeovers);
  }
  const problems = await arena.differences();
  console.log(
    `${proxied.cuts} connections spoilt, ${arena.fed} records fed, tasks taken over up to ${takeovers} times`,
  );
  expect(problems).toEqual([]);
  expect(proxied.cuts).toBeGreaterThan(20);
  expect(takeovers).toBeGreaterThan(5);
});

test('an outage of all connections is waited out', async () => {
  const brokers = inject('kafkaBrokers');
  await using arena = await Arena.create({ brokers }, 2);
  await using proxied = await ProxiedBrokers.create(brokers);
  await using runner = new StartedRunner(arena, { kafka: proxied.kafka });
  await runner.untilRunning(2);
  await arena.feedFor(500, 1_000);
  proxied.refuse(true);
  proxied.spoil(() => 0);
  await arena.feedFor(8_000, 200);
  proxied.refuse(false);
  await arena.feedFor(500, 1_000);
  expect(await arena.differences()).toEqual([]);
});
