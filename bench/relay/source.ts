import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import { serveWorker, type Work } from '../harness/worker.ts';
import { byPartition, plainKafka, SEND_RECORDS } from './kafka.ts';

export interface SourceOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Records a second; `max` as fast as the broker takes them. */
  readonly rate: number | 'max';
  /** Ends after this many. */
  readonly total?: number;
  /** Values, base64, written in turn. */
  readonly values: readonly string[];
}

const TICK_MS = 5;

/** Writes ready-made records, stamped with the time of writing. */
class Source implements Work {
  readonly #options: SourceOptions;
  readonly #producer: Producer;
  readonly #values: readonly Buffer[];
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #sent = 0;

  private constructor(options: SourceOptions) {
    this.#options = options;
    this.#values = options.values.map((value) => Buffer.from(value, 'base64'));
    const kafka = plainKafka(options.brokers, 'relay-source');
    this.#producer = kafka.producer({ createPartitioner: byPartition, allowAutoTopicCreation: false });
  }

  static async start(options: SourceOptions): Promise<Source> {
    const source = new Source(options);
    await source.#producer.connect();
    source.#running = source.#run();
    return source;
  }

  report(): { sent: number } {
    return { sent: this.#sent };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#producer.disconnect();
  }

  async #run(): Promise<void> {
    const { rate, total = Infinity } = this.#options;
    const startMs = performance.now();
    while (!this.#stop.signal.aborted && this.#sent < total) {
      const due = rate === 'max' ? Infinity : ((performance.now() - startMs) * rate) / 1000;
      const count = Math.min(SEND_RECORDS, total - this.#sent, Math.floor(due - this.#sent));
      if (count > 0) await this.#send(count);
      else await delay(TICK_MS);
    }
  }

  async #send(count: number): Promise<void> {
    const timestamp = String(Date.now());
    const messages: Message[] = [];
    for (let index = this.#sent; index < this.#sent + count; index += 1) {
      const value = this.#values[index % this.#values.length] as Buffer;
      messages.push({ value, key: 'BTC-USDT', partition: index % this.#options.partitions, timestamp });
    }
    await this.#producer.send({ topic: this.#options.topic, messages, acks: -1 });
    this.#sent += count;
  }
}

serveWorker(Source.start);
