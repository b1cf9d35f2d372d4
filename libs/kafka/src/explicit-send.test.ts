import { expect, test } from 'vitest';
import { explicitPartition, requireAnswers } from './explicit-send.ts';

const place = explicitPartition();
const partitionMetadata = [{}, {}];

test('a message goes where it says', () => {
  expect(place({ topic: 't', partitionMetadata, message: { value: null, partition: 1 } })).toBe(1);
});

test('a message for no partition, or for one that does not exist, is refused', () => {
  expect(() => place({ topic: 't', partitionMetadata, message: { value: null } })).toThrow(RangeError);
  const beyond = { topic: 't', partitionMetadata, message: { value: null, partition: 2 } };
  expect(() => place(beyond)).toThrow(/t has 2 partitions, and a message is for 2/);
});

test('a partition without an answer is no success', () => {
  const sent = [{ topic: 't', messages: [0, 1, 1].map((partition) => ({ partition, value: null })) }];
  const answer = (partition: number) => ({ topicName: 't', partition, errorCode: 0 });
  expect(() => requireAnswers(sent, [answer(0), answer(1)])).not.toThrow();
  expect(() => requireAnswers(sent, [answer(0)])).toThrow(/no answer for t\[1\]/);
});
