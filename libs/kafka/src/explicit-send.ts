import type { Message, RecordMetadata, TopicMessages } from 'kafkajs';

/**
 * Every message names its partition; kafkajs' own hashing put most instruments on one. It also leaves out, without a word, what is
 * meant for a partition that does not exist: that is refused here with a `RangeError`.
 */
export function explicitPartition(): (args: {
  topic: string;
  partitionMetadata: readonly unknown[];
  message: Message;
}) => number {
  return ({ topic, partitionMetadata, message }) => {
    if (message.partition === undefined) throw new RangeError(`a message for ${topic} without a partition`);
    if (message.partition >= partitionMetadata.length) {
      throw new RangeError(
        `${topic} has ${partitionMetadata.length} partitions, and a message is for ${message.partition}`,
      );
    }
    return message.partition;
  };
}

/**
 * Holds an answer against what was sent: kafkajs calls a send done when those brokers have answered that it thought of, and a
 * partition it had no leader for is not among them. Throws when one is missing.
 */
export function requireAnswers(sent: readonly TopicMessages[], answers: readonly RecordMetadata[]): void {
  const answered = new Set(answers.map(({ topicName, partition }) => `${partition} ${topicName}`));
  for (const { topic, messages } of sent) {
    for (const partition of new Set(messages.map((message) => message.partition))) {
      if (!answered.has(`${partition} ${topic}`))
        throw new Error(`no answer for ${topic}[${partition}] although the send was called done`);
    }
  }
}
