import { expect, test } from 'vitest';
import { requirePartitions, topicSpecs } from './topics.ts';
import { TopicMismatchError } from './errors.ts';

const live = topicSpecs({ prefix: 'x.', partitions: 3, replication: 3, past: false });
const past = topicSpecs({ prefix: '', partitions: 2, replication: 1, past: true });

function settings(specs: typeof live, topic: string): Record<string, string> {
  return { ...specs.find((spec) => spec.topic === topic)?.settings };
}

test('raw topics are stamped by the broker and kept for a week, later ones carry their times', () => {
  expect(settings(live, 'x.raw.trades')).toMatchObject({
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': '604800000',
  });
  expect(settings(live, 'x.clean.quotes')).toMatchObject({
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '2592000000',
  });
  expect(settings(live, 'x.consensus.bars')['retention.ms']).toBe('7776000000');
  expect(settings(live, 'x.checkpoints.validator')['retention.ms']).toBe('604800000');
  expect(settings(live, 'x.checkpoints.aggregator')['retention.ms']).toBe('2592000000');
});

test('topics that hold a past keep its times and are deleted by no clock', () => {
  expect(settings(past, 'raw.trades')['message.timestamp.type']).toBe('CreateTime');
  const deleted = past.filter(({ settings: given }) => given['cleanup.policy'] === 'delete');
  expect(deleted.length).toBe(14);
  expect(new Set(deleted.map(({ settings: given }) => given['retention.ms']))).toEqual(new Set(['-1']));
});

test('what holds the newest of each key is compacted', () => {
  for (const topic of ['sources', 'instruments', 'state.validator', 'state.aggregator'])
    expect(settings(past, topic)['cleanup.policy']).toBe('compact');
});

test('the broker undoes every compression, so that no producer can write what no stage can read', () => {
  expect(live.map(({ settings: given }) => given['compression.type'])).toEqual(
    live.map(() => 'uncompressed'),
  );
});

test('all that stages write has one partition count', () => {
  const notFolded = ['x.instruments', 'x.assignments'];
  const counts = live.filter(({ topic }) => !notFolded.includes(topic)).map(({ partitions }) => partitions);
  expect(new Set(counts)).toEqual(new Set([3]));
});

test('the instruments of an ingestor are divided into as many slots as told', () => {
  const slots = (specs: typeof live): number | undefined =>
    specs.find(({ topic }) => topic.endsWith('assignments'))?.partitions;
  expect(slots(live)).toBe(24);
  expect(slots(topicSpecs({ prefix: '', partitions: 2, replication: 1, past: false, slots: 7 }))).toBe(7);
});

test('three replicas ask for two in sync, one does not', () => {
  expect(settings(live, 'x.quality')['min.insync.replicas']).toBe('2');
  expect(settings(past, 'quality')['min.insync.replicas']).toBeUndefined();
});

test('another partition count, or a missing topic, is refused with what to do', () => {
  expect(() => requirePartitions('t', 2, 2)).not.toThrow();
  expect(() => requirePartitions('t', 4, 2)).toThrow(TopicMismatchError);
  expect(() => requirePartitions('t', 4, 2)).toThrow(/Set partitions to 4, or choose another topicPrefix/);
  expect(() => requirePartitions('t', 0, 2)).toThrow(/does not exist/);
});
