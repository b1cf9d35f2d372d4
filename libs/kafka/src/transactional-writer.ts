import { SystemClock, type Clock, type Logger } from '@concord/runtime';
import type { Admin, Message, Producer, TopicMessages, Transaction } from 'kafkajs';
import { createKafka, type KafkaClient, type KafkaConnection } from './connection.ts';
import { describeFailure, isRefusal, protocolErrorOf, StageBrokenError, TaskLostError } from './errors.ts';
import { explicitPartition, requireAnswers } from './explicit-send.ts';

export interface TransactionalWriterOptions {
  readonly connection: KafkaConnection;
  /** Belongs to the task, not to the process: creating a writer fences every earlier one with the same id. */
  readonly transactionalId: string;
  /** Physical names of every topic it may write to. */
  readonly topics: readonly string[];
  readonly logger: Logger;
  readonly machineClock?: Clock;
}

/** Messages for one topic, each with its explicit partition. */
export interface TopicBatch {
  readonly topic: string;
  readonly messages: Message[];
}

export interface LogRange {
  readonly start: number;
  readonly end: number;
}

/** An unfinished transaction is aborted by the broker after this time, so that nobody's reading waits longer for a dead task. */
const TRANSACTION_TIMEOUT_MS = 30_000;
/** The broker finishes a commit after it has answered it; until then the next transaction is refused. */
const CONCURRENT_WAIT_MS = 1;
const CONCURRENT_LIMIT_MS = 5_000;
/** Metadata is never refreshed behind our back, see `#sendAll`. */
const NEVER_MS = 2 ** 40;

/**
 * One transactional producer of kafkajs with its traps closed. A writer is good until its first failure; from then on it must be
 * discarded, since an unanswered commit may have committed and the producer's state is of no more use.
 *
 * kafkajs takes the epoch at its first transaction, not at connect; rolls sequences back and resends beside requests under way when
 * it retries; and sends to several leaders at once, of which the coordinator refuses all but one. Hence: the fence is a
 * transaction, there are no retries, and the sends of a transaction go one after the other.
 */
export class TransactionalWriter {
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  readonly #admin: Admin;
  readonly #machineClock: Clock;
  #oneLeader = false;
  #discarded = false;

  private constructor(options: TransactionalWriterOptions) {
    this.#machineClock = options.machineClock ?? new SystemClock();
    this.#client = createKafka(options.connection, options.logger);
    this.#producer = this.#client.kafka.producer({
      transactionalId: options.transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner: explicitPartition,
      allowAutoTopicCreation: false,
      metadataMaxAge: NEVER_MS,
      retry: { retries: 0 },
    });
    this.#admin = this.#client.kafka.admin();
  }

  /**
   * Opens a writer. The fence holds from its first commit's start on: the caller commits something before it reads what earlier
   * owners have written.
   */
  static async open(options: TransactionalWriterOptions): Promise<TransactionalWriter> {
    const writer = new TransactionalWriter(options);
    try {
      await Promise.all([writer.#producer.connect(), writer.#admin.connect()]);
      // An empty batch sends nothing, but makes the client learn all leaders once and for all.
      await writer.#producer.sendBatch({
        topicMessages: options.topics.map((topic) => ({ topic, messages: [] })),
      });
      writer.#oneLeader = await writer.#hasOneBroker();
      return writer;
    } catch (error) {
      writer.discard();
      throw new TaskLostError(`No writer for ${options.transactionalId}: ${describeFailure(error)}`, {
        cause: error,
      });
    }
  }

  /** Commits `rounds` in one transaction; each is one send. Rejects with `TaskLostError`, after which only `discard` is left, or
   * with `StageBrokenError` when the brokers refuse the records for what they are. */
  async commit(rounds: readonly (readonly TopicBatch[])[]): Promise<void> {
    if (this.#discarded) throw new TaskLostError('The writer was discarded');
    // Beyond it the broker aborts the transaction anyway.
    const deadline = this.#machineClock.setTimer(() => this.discard(), TRANSACTION_TIMEOUT_MS);
    try {
      const transaction = await this.#producer.transaction();
      await this.#sendAll(transaction, rounds);
      await transaction.commit();
    } catch (error) {
      this.discard();
      if (isRefusal(error))
        throw new StageBrokenError(`The brokers will never take these outputs: ${describeFailure(error)}`, {
          cause: error,
        });
      throw new TaskLostError(`Commit failed: ${describeFailure(error)}`, { cause: error });
    } finally {
      deadline.cancel();
    }
  }

  /** Start and end of the log of one partition of each topic. The end may be old right after a change of leader. */
  async logRanges(topics: readonly string[], partition: number): Promise<Map<string, LogRange>> {
    try {
      const ranges = topics.map(async (topic) => {
        const offsets = await this.#admin.fetchTopicOffsets(topic);
        const found = offsets.find((candidate) => candidate.partition === partition);
        if (found === undefined) throw new TaskLostError(`${topic}[${partition}] is not known`);
        return [topic, { start: Number(found.low), end: Number(found.high) }] as const;
      });
      return new Map(await Promise.all(ranges));
    } catch (error) {
      throw new TaskLostError(`Log ranges not read: ${describeFailure(error)}`, { cause: error });
    }
  }

  /** What lag monitors are shown of the group; -1 where nothing was. Never used as a position. */
  async reportedOffsets(groupId: string, topics: readonly string[], partition: number): Promise<number[]> {
    try {
      const offsets = await this.#admin.fetchOffsets({ groupId, topics: [...topics] });
      return offsets.flatMap(({ partitions }) =>
        partitions.filter((entry) => entry.partition === partition).map(({ offset }) => Number(offset)),
      );
    } catch (error) {
      throw new TaskLostError(`Group offsets not read: ${describeFailure(error)}`, { cause: error });
    }
  }

  /** Cuts the connections at once, so that nothing half-sent follows. */
  discard(): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#client.destroy();
    void this.#disconnect();
  }

  /** Orderly end of a writer without a transaction under way. */
  async close(): Promise<void> {
    if (this.#discarded) return;
    this.#discarded = true;
    await this.#disconnect();
    this.#client.destroy();
  }

  async #disconnect(): Promise<void> {
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }

  async #hasOneBroker(): Promise<boolean> {
    return (await this.#admin.describeCluster()).brokers.length === 1;
  }

  /**
   * With one broker a round is one request. With several it is split by topic (one partition each, so one leader each), because kafkajs
   * asks the coordinator once per leader at the same time.
   */
  async #sendAll(transaction: Transaction, rounds: readonly (readonly TopicBatch[])[]): Promise<void> {
    let opened = false;
    for (const round of rounds) {
      const requests = this.#oneLeader ? [round] : round.map((batch) => [batch]);
      for (const request of requests) {
        const topicMessages = request as TopicMessages[];
        if (opened) await sendOnce(transaction, topicMessages);
        else await this.#open(transaction, topicMessages);
        opened = true;
      }
    }
  }

  /**
   * The first send may meet the end of the previous transaction and is then sent again. That is safe only when it was a single
   * request, refused before anything was written. kafkajs refreshes its metadata at each refusal: a second broker seen there
   * could split the next send, so the writer is given up as soon as there is one.
   */
  async #open(transaction: Transaction, topicMessages: TopicMessages[]): Promise<void> {
    const deadlineMs = this.#machineClock.monotonicMs() + CONCURRENT_LIMIT_MS;
    for (;;) {
      try {
        await sendOnce(transaction, topicMessages);
        return;
      } catch (error) {
        const retriable = protocolErrorOf(error) === 'CONCURRENT_TRANSACTIONS';
        if (!retriable || this.#machineClock.monotonicMs() > deadlineMs) throw error;
        await this.#machineClock.sleep(CONCURRENT_WAIT_MS);
        if (this.#oneLeader && !(await this.#hasOneBroker())) throw error;
      }
    }
  }
}

async function sendOnce(transaction: Transaction, topicMessages: TopicMessages[]): Promise<void> {
  requireAnswers(topicMessages, await transaction.sendBatch({ topicMessages, acks: -1 }));
}
