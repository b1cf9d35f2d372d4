import { ConcordError } from '@concord/model';

/** The broker's topics are not as this deployment needs them; somebody has to decide. */
export class TopicMismatchError extends ConcordError {
  readonly topic: string;

  constructor(topic: string, message: string) {
    super('topic-mismatch', 'fatal', message);
    this.topic = topic;
  }
}

/** Input a task still needs is no longer (or not) in the log. Going on would skip data silently, so it never does. */
export class LogRangeError extends ConcordError {
  readonly topic: string;
  readonly partition: number;

  constructor(topic: string, partition: number, message: string) {
    super('log-range', 'fatal', message);
    this.topic = topic;
    this.partition = partition;
  }
}

/** The log holds a batch that cannot be read here, and would hold up everything behind it for ever. */
export class UnreadableBatchError extends ConcordError {
  constructor(topics: readonly string[], reason: string, options?: ErrorOptions) {
    super(
      'unreadable-batch',
      'fatal',
      `A batch in one of ${topics.join(', ')} cannot be read: ${reason}. Uncompressed and gzip are read. Run Concord's set-up (\`concord setup\`), which makes the brokers store what comes from now on uncompressed; what stands in the log stays, so choose another topicPrefix.`,
      options,
    );
  }
}

/** kafkajs' failure to read a batch for its compression, looked for through the chain of causes. */
export function unreadableBatch(topics: readonly string[], error: unknown): UnreadableBatchError | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if (current.name === 'KafkaJSNotImplemented')
      return new UnreadableBatchError(topics, current.message, { cause: error });
    current = current.cause;
  }
  return undefined;
}

/** A task's saved state cannot be used. It refuses the task: a stage never starts from nothing when it has a past. */
export class StateUnreadableError extends ConcordError {
  constructor(stage: string, partition: number, reason: string, options?: ErrorOptions) {
    super(
      'state-unreadable',
      'fatal',
      `The saved state of ${stage}, partition ${partition}, cannot be used: ${reason}. Start the version that wrote it, or replay the stage into fresh topics under another prefix.`,
      options,
    );
  }
}

/** A fold broke its own promise (an exception, an undeclared output). A defect in the stage, never bad data. */
export class StageBrokenError extends ConcordError {
  constructor(message: string, options?: ErrorOptions) {
    super('stage-broken', 'fatal', message, options);
  }
}

/** The task's state or transaction is no longer certain: it is thrown away and the task taken over anew. */
export class TaskLostError extends ConcordError {
  constructor(message: string, options?: ErrorOptions) {
    super('task-lost', 'retry', message, options);
  }
}

/** The broker will say the same about these records however often they are sent. */
const REFUSALS = new Set([
  'INVALID_TIMESTAMP',
  'MESSAGE_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'RECORD_LIST_TOO_LARGE',
]);

/** Whether records were refused for what they are, so that sending them again is of no use. */
export function isRefusal(error: unknown): boolean {
  // A partition that does not exist is a RangeError of this package.
  return error instanceof RangeError || REFUSALS.has(protocolErrorOf(error) ?? '');
}

interface ProtocolFailure {
  readonly type?: unknown;
  readonly cause?: unknown;
}

/** The broker's name for what went wrong (`CONCURRENT_TRANSACTIONS`, …), looked for through the chain of causes. */
export function protocolErrorOf(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth++) {
    const { type, cause } = current as ProtocolFailure;
    if (typeof type === 'string') return type;
    current = cause;
  }
  return undefined;
}

/** One line for a log or a status: the message, and the broker's name for it when there is one. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const type = protocolErrorOf(error);
  return type === undefined ? message : `${message} (${type})`;
}
