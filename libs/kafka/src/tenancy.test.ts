import { createLogger } from '@concord/runtime';
import { ManualClock } from '@concord/testkit';
import { expect, test } from 'vitest';
import type { Stage } from './stage.ts';
import { DEFAULT_PACE } from './task.ts';
import { Tenancy } from './tenancy.ts';

const stage: Stage = {
  name: 's',
  inputs: ['a'],
  outputs: [],
  createFold: () => {
    throw new Error('nothing is folded here');
  },
};

test('a lost task is taken over anew only when the group has confirmed the replica: it may have slept and be no owner any more', async () => {
  const clock = new ManualClock();
  const asked: PromiseWithResolvers<void>[] = [];
  const tenancy = new Tenancy({
    // Nothing to connect to: every takeover fails, as it does for whoever was fenced.
    connection: { brokers: [] },
    stage,
    partition: 0,
    prefix: '',
    groupId: 's',
    partitions: { pause: () => undefined, resume: () => undefined, seek: () => undefined },
    logger: createLogger({ name: 'test', level: 'silent', clock }),
    machineClock: clock,
    loadTimeoutMs: 1_000,
    pace: DEFAULT_PACE,
    confirmed: () => {
      const confirmation = Promise.withResolvers<void>();
      asked.push(confirmation);
      return confirmation.promise;
    },
  });
  const running = tenancy.run();
  await clock.pass(60_000);
  expect(asked).toHaveLength(1);
  expect(tenancy.status()).toMatchObject({ takeovers: 1, lastError: expect.stringContaining('No writer') });
  asked[0]?.resolve();
  await clock.pass(60_000);
  expect(asked).toHaveLength(2);
  expect(tenancy.status().takeovers).toBe(2);
  const ending = tenancy.end();
  asked[1]?.resolve();
  await clock.pass(60_000);
  await Promise.all([ending, running]);
});
