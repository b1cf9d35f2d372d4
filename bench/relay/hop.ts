import type { Consumer, EachBatchPayload, KafkaMessage, Message, Producer } from 'kafkajs';
import { serveWorker, type Work } from '../harness/worker.ts';
import { byPartition, CONSUMER_SETTINGS, plainKafka, runConsumer, SEND_RECORDS } from './kafka.ts';

export interface HopOptions {
  readonly brokers: readonly string[];
  readonly group: string;
  /** Each topic, and the one its records are copied to, partition by partition. */
  readonly routes: Readonly<Record<string, string>>;
  /** `transactional` commits records and offsets together, one transactional id per partition. */
  readonly mode: 'plain' | 'transactional';
}

/** Copies records without looking into them: the least that a stage can do. */
class Hop implements Work {
  readonly #options: HopOptions;
  readonly #consumer: Consumer;
  readonly #producers = new Map<number, Promise<Producer>>();
  readonly #queues = new Map<number, Promise<void>>();
  #copied = 0;

  private constructor(options: HopOptions) {
    this.#options = options;
    const consumer = {
      ...CONSUMER_SETTINGS,
      groupId: options.group,
      readUncommitted: options.mode === 'plain',
    };
    this.#consumer = plainKafka(options.brokers, options.group).consumer(consumer);
  }

  static async start(options: HopOptions): Promise<Hop> {
    const hop = new Hop(options);
    const topics = Object.keys(options.routes);
    await runConsumer(hop.#consumer, topics, {
      autoCommit: options.mode === 'plain',
      autoCommitInterval: 1_000,
      partitionsConsumedConcurrently: 2 * topics.length,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => hop.#copy(payload),
    });
    return hop;
  }

  report(): { copied: number } {
    return { copied: this.#copied };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.disconnect();
    for (const producer of this.#producers.values()) await (await producer).disconnect();
  }

  async #copy({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    for (let start = 0; start < messages.length && isRunning() && !isStale(); start += SEND_RECORDS) {
      const group = messages.slice(start, start + SEND_RECORDS);
      const last = group.at(-1) as KafkaMessage;
      const copies = group.map((message) => copyOf(message, partition));
      await this.#inTurn(partition, (producer) =>
        this.#write(producer, topic, partition, copies, last.offset),
      );
      resolveOffset(last.offset);
      this.#copied += group.length;
      await heartbeat();
    }
  }

  /** One thing at a time for each partition index, for all its topics share a producer. */
  async #inTurn(partition: number, write: (producer: Producer) => Promise<void>): Promise<void> {
    let producer = this.#producers.get(partition);
    if (producer === undefined) this.#producers.set(partition, (producer = this.#connect(partition)));
    const connected = await producer;
    const turn = (this.#queues.get(partition) ?? Promise.resolve()).then(() => write(connected));
    this.#queues.set(
      partition,
      turn.catch(() => undefined),
    );
    await turn;
  }

  async #connect(partition: number): Promise<Producer> {
    const { brokers, group, mode } = this.#options;
    const transactional = mode === 'transactional' ? { transactionalId: `${group}-${partition}` } : {};
    const kafka = plainKafka(brokers, `${group}-${partition}`);
    const producer = kafka.producer({
      ...transactional,
      createPartitioner: byPartition,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  }

  async #write(
    producer: Producer,
    topic: string,
    partition: number,
    messages: Message[],
    last: string,
  ): Promise<void> {
    const target = this.#options.routes[topic] as string;
    if (this.#options.mode === 'plain') {
      await producer.send({ topic: target, messages, acks: -1 });
      return;
    }
    const transaction = await producer.transaction();
    await transaction.send({ topic: target, messages, acks: -1 });
    const offset = String(Number(last) + 1);
    await transaction.sendOffsets({
      consumerGroupId: this.#options.group,
      topics: [{ topic, partitions: [{ partition, offset }] }],
    });
    await transaction.commit();
  }
}

function copyOf({ key, value, headers, timestamp }: KafkaMessage, partition: number): Message {
  return { key, value, partition, timestamp, ...(headers === undefined ? {} : { headers }) };
}

serveWorker(Hop.start);
