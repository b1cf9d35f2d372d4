import { SystemClock, type Clock, type Logger } from '@concord/runtime';
import type { Admin } from 'kafkajs';
import { Bell } from './bell.ts';
import { createKafka, type KafkaConnection } from './connection.ts';
import { LogRangeError } from './errors.ts';
import { inputRecord } from './lane.ts';
import { onceSettled } from './leaders.ts';
import type { InputRecord } from './stage.ts';
import { Subscription, type FetchedBatch } from './subscription.ts';

export interface ReadCommittedOptions {
  readonly kafka: KafkaConnection;
  /** Logical names. */
  readonly topics: readonly string[];
  readonly prefix: string;
  readonly logger: Logger;
  /** `end`: only what is written after the call has returned. */
  readonly from: 'beginning' | 'end';
  /** `end`: stops by itself behind the last record that was there at the call. Reads on for ever when absent. */
  readonly until?: 'end';
  readonly machineClock?: Clock;
}

interface Cursor {
  readonly topic: string;
  readonly physical: string;
  readonly partition: number;
  position: number;
  readonly stopAt: number;
}

/** Records held for a slow reader; beyond them the fetching rests. */
const MAX_BUFFERED = 10_000;

/**
 * Reads topics as any read-committed consumer sees them: in order within a partition, each record once, without a trace in the
 * group's offsets. Resolves once the start is fixed.
 */
export async function readCommitted(options: ReadCommittedOptions): Promise<CommittedReader> {
  const client = createKafka(options.kafka, options.logger);
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    const cursors = await Promise.all(options.topics.map((topic) => cursorsOf(admin, topic, options)));
    return new CommittedReader(options, cursors.flat());
  } finally {
    await admin.disconnect().catch(() => undefined);
    client.destroy();
  }
}

async function cursorsOf(admin: Admin, topic: string, options: ReadCommittedOptions): Promise<Cursor[]> {
  const physical = options.prefix + topic;
  const offsets = await onceSettled(options.machineClock ?? new SystemClock(), async () => {
    // It is this that makes kafkajs learn of new leaders.
    await admin.fetchTopicMetadata({ topics: [physical] });
    return admin.fetchTopicOffsets(physical);
  });
  return offsets.map(({ partition, low, high }) => ({
    topic,
    physical,
    partition,
    position: Number(options.from === 'beginning' ? low : high),
    stopAt: options.until === 'end' ? Number(high) : Infinity,
  }));
}

/** An iteration over committed records; use it once, and dispose of it when leaving early. */
export class CommittedReader implements AsyncIterable<InputRecord>, AsyncDisposable {
  readonly #cursors: readonly Cursor[];
  readonly #subscription: Subscription;
  readonly #ended = new AbortController();
  readonly #bell: Bell;
  #queue: InputRecord[] = [];
  #resting = false;
  #failure: Error | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ReadCommittedOptions, cursors: readonly Cursor[]) {
    const machineClock = options.machineClock ?? new SystemClock();
    this.#cursors = cursors;
    this.#bell = new Bell(machineClock);
    this.#subscription = new Subscription({
      connection: options.kafka,
      groupId: `${options.prefix}reader-${machineClock.nowMs()}-${Math.floor(machineClock.random() * 1e9)}`,
      topics: options.topics.map((topic) => options.prefix + topic),
      logger: options.logger,
      machineClock,
      onJoin: () => this.#steer(),
      onBatch: (batch) => this.#accept(batch),
      onUnreadable: (error) => {
        this.#failure ??= error;
        this.#bell.ring();
      },
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<InputRecord, void> {
    if (!this.#done()) this.#running ??= this.#subscription.run(this.#ended.signal);
    try {
      while (!this.#ended.signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure;
        const records = this.#queue;
        this.#queue = [];
        if (records.length > 0) {
          this.#rest(false);
          yield* records;
        } else if (this.#done()) return;
        else await this.#bell.wait();
      }
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#bell.ring();
    await this.#running;
  }

  #done(): boolean {
    return this.#queue.length === 0 && this.#cursors.every(({ position, stopAt }) => position >= stopAt);
  }

  #rest(resting: boolean): void {
    if (this.#resting === resting) return;
    this.#resting = resting;
    this.#steer();
  }

  #steer(): void {
    for (const { physical, partition, position, stopAt } of this.#cursors) {
      if (this.#resting || position >= stopAt) this.#subscription.pause(physical, partition);
      else {
        this.#subscription.seek(physical, partition, position);
        this.#subscription.resume(physical, partition);
      }
    }
  }

  #accept(batch: FetchedBatch): void {
    const cursor = this.#cursors.find(
      ({ physical, partition }) => physical === batch.topic && partition === batch.partition,
    );
    if (cursor === undefined || this.#resting || batch.nextOffset <= cursor.position) return;
    // In a compacted log a batch that was filtered away does not say where its fetch began.
    if (batch.messages.length > 0 && batch.fetchedOffset > cursor.position) {
      this.#failure ??= new LogRangeError(
        batch.topic,
        batch.partition,
        `${batch.topic}[${batch.partition}] went on at ${batch.fetchedOffset} instead of ${cursor.position}: records were deleted before they were read.`,
      );
    }
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= cursor.position && offset < cursor.stopAt)
        this.#queue.push(inputRecord(cursor.topic, cursor.partition, message));
    }
    cursor.position = batch.nextOffset;
    if (cursor.position >= cursor.stopAt) this.#subscription.pause(cursor.physical, cursor.partition);
    if (this.#queue.length >= MAX_BUFFERED) this.#rest(true);
    this.#bell.ring();
  }
}
