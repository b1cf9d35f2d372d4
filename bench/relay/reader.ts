import type { Consumer } from 'kafkajs';
import { serveWorker, type Work } from '../harness/worker.ts';
import { CONSUMER_SETTINGS, plainKafka, runConsumer } from './kafka.ts';

export interface ReaderOptions {
  readonly brokers: readonly string[];
  readonly group: string;
  readonly topics: readonly string[];
  readonly readUncommitted: boolean;
}

export interface ReaderReport {
  readonly read: number;
  /** Ages of the records read since the last report, by their timestamps, at most `AGES_MAX` of them. */
  readonly agesMs: readonly number[];
}

const AGES_MAX = 100_000;

/** Counts what arrives at the end of the relay and how old it is. */
class Reader implements Work {
  readonly #consumer: Consumer;
  #read = 0;
  #agesMs: number[] = [];

  private constructor({ brokers, group, readUncommitted }: ReaderOptions) {
    this.#consumer = plainKafka(brokers, group).consumer({
      ...CONSUMER_SETTINGS,
      groupId: group,
      readUncommitted,
    });
  }

  static async start(options: ReaderOptions): Promise<Reader> {
    const reader = new Reader(options);
    await runConsumer(reader.#consumer, options.topics, {
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const nowMs = Date.now();
        reader.#read += batch.messages.length;
        for (const { timestamp } of batch.messages) {
          if (reader.#agesMs.length < AGES_MAX) reader.#agesMs.push(nowMs - Number(timestamp));
        }
        return Promise.resolve();
      },
    });
    return reader;
  }

  report(): ReaderReport {
    const agesMs = this.#agesMs;
    this.#agesMs = [];
    return { read: this.#read, agesMs };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#consumer.disconnect();
  }
}

serveWorker(Reader.start);
