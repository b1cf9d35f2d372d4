import { createLogger } from '@concord/runtime';
import { ManualClock } from '@concord/testkit';
import { expect, test, vi } from 'vitest';
import { runStage } from './runner.ts';

/** A consumer whose joins the test says, and what it was told. */
const group = vi.hoisted(() => {
  const listeners = new Map<string, (event: { payload: unknown }) => void>();
  const told: string[] = [];
  return {
    told,
    join: (memberAssignment: object): void =>
      listeners.get('GROUP_JOIN')?.({ payload: { memberAssignment } }),
    consumer: {
      events: { GROUP_JOIN: 'GROUP_JOIN' },
      on: (event: string, listener: (event: { payload: unknown }) => void) => listeners.set(event, listener),
      connect: () => Promise.resolve(),
      subscribe: () => Promise.resolve(),
      run: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      pause: ([{ topic, partitions }]: [{ topic: string; partitions: number[] }]) =>
        told.push(`pause ${topic} ${partitions.join()}`),
      resume: () => undefined,
      seek: () => undefined,
    },
  };
});

vi.mock('./connection.ts', () => ({
  createKafka: () => ({
    destroy: () => undefined,
    kafka: {
      consumer: () => group.consumer,
      // No task ever gets a writer, so that all wait for one with their partitions at rest.
      producer: () => ({
        connect: () => Promise.reject(new Error('away')),
        disconnect: () => Promise.resolve(),
      }),
      admin: () => ({
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(),
        listTopics: () => Promise.resolve(['a', 'state.s', 'checkpoints.s']),
        fetchTopicMetadata: ({ topics }: { topics: string[] }) =>
          Promise.resolve({ topics: topics.map((name) => ({ name, partitions: [0, 1] })) }),
      }),
    },
  }),
}));

test('at every join the partitions of new and of retained tasks rest before the join returns: kafkajs fetches at once', async () => {
  const clock = new ManualClock();
  const createFold = (): never => {
    throw new Error('nothing is folded here');
  };
  const runner = runStage({
    kafka: { brokers: [] },
    stage: { name: 's', inputs: ['a'], outputs: [], createFold },
    prefix: '',
    partitions: 2,
    clock,
    machineClock: clock,
    logger: createLogger({ name: 'test', level: 'silent', clock }),
  });
  const stop = new AbortController();
  const running = runner.run(stop.signal);
  await clock.pass(100);
  const atRest = (partitions: number[]): string[] =>
    partitions.flatMap((partition) => ['a', 'state.s'].map((topic) => `pause ${topic} ${partition}`));
  for (const assigned of [[0], [0, 1], [1], [0, 1]]) {
    group.told.length = 0;
    group.join({ a: assigned, 'state.s': assigned });
    expect(group.told).toEqual(expect.arrayContaining(atRest(assigned)));
    await clock.pass(10_000);
  }
  stop.abort();
  await clock.pass(20_000);
  await running;
});
