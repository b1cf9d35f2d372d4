import { createLogger } from '@concord/runtime';
import { ManualClock } from '@concord/testkit';
import { expect, test } from 'vitest';
import { Subscription } from './subscription.ts';

test('a dead replica keeps its tasks for at most ten seconds, and for the six that a broker asks for at least', () => {
  const machineClock = new ManualClock();
  const subscription = new Subscription({
    connection: { brokers: [] },
    groupId: 'g',
    topics: ['t'],
    logger: createLogger({ name: 'test', level: 'silent', clock: machineClock }),
    machineClock,
    onJoin: () => undefined,
    onBatch: () => undefined,
  });
  expect(subscription.sessionTimeoutMs).toBeGreaterThanOrEqual(6_000);
  expect(subscription.sessionTimeoutMs).toBeLessThanOrEqual(10_000);
});
