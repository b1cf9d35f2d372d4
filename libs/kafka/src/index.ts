export * from './stage.ts';
export { createKafka, type KafkaClient, type KafkaConnection } from './connection.ts';
export { ensureTopics, topicSpecs, type TopicSpec, type TopicSpecOptions } from './topics.ts';
export {
  RawProducer,
  type Loss,
  type RawProducerLag,
  type RawProducerMetrics,
  type RawProducerOptions,
  type RawProducerProgress,
  type RawRecord,
} from './raw-producer.ts';
export { runStage, type RunStageOptions } from './runner.ts';
export { DEFAULT_PACE, type TaskPace } from './task.ts';
export {
  LogRangeError,
  StageBrokenError,
  StateUnreadableError,
  TaskLostError,
  TopicMismatchError,
} from './errors.ts';
export { Slots, type SlotAssignment, type SlotsOptions } from './slots.ts';
export { TopicFollower, type TopicFollowerOptions } from './topic-follower.ts';
export { readCommitted, type CommittedReader, type ReadCommittedOptions } from './committed-reader.ts';
export { AddressMissingError, brokersOf, codecFor, kafkaConnection, serveStage } from './stage-service.ts';
export { taskMetrics } from './task-metrics.ts';
