import { SystemClock, type Clock, type Dependency, type Logger } from '@concord/runtime';
import type { Message, Producer, TopicMessages } from 'kafkajs';
import { Bell } from './bell.ts';
import { createKafka, type KafkaClient, type KafkaConnection } from './connection.ts';
import { describeFailure, isRefusal, protocolErrorOf } from './errors.ts';
import { explicitPartition, requireAnswers } from './explicit-send.ts';
import { recordBytes } from './record-size.ts';

/** A record for a raw topic. `topic` is the logical name; a marker has a null value. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
  /** Kept by topics with CreateTime; live raw topics get the broker's append time. */
  readonly timestampMs: number;
}

/** Records of one partition that were dropped in a row. */
export interface Loss {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  /** Timestamps of the first and the last of them. */
  readonly fromMs: number;
  readonly toMs: number;
  /** `full`: no room in the buffer · `refused`: too large, or the broker will never take it. */
  readonly reason: 'full' | 'refused';
}

export interface RawProducerMetrics {
  sent(records: number, durationMs: number): void;
  failed(code: string): void;
  dropped(topic: string, records: number): void;
}

export interface RawProducerOptions {
  readonly kafka: KafkaConnection;
  readonly prefix: string;
  readonly logger: Logger;
  /** Bounds of the buffer. Policy when full: `drop-newest`, reported by `lossMarker`. */
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  /** Shortest time from one send to the next; the first record after a pause does not wait. */
  readonly lingerMs?: number;
  /**
   * The marker that tells of a loss. It takes the lost records' place: before the partition's next record, beyond the buffer's bounds.
   */
  lossMarker?(loss: Loss): RawRecord | undefined;
  readonly metrics?: RawProducerMetrics;
  /** Told when the brokers take records and when they do not. */
  readonly brokers?: Pick<Dependency, 'reached' | 'away'>;
  readonly machineClock?: Clock;
}

/** A buffer's state. */
export interface RawProducerLag {
  readonly queued: number;
  readonly queuedBytes: number;
  /** How long the oldest record has waited. */
  readonly oldestAgeMs: number;
}

/** How far a sink is, both counted from its start. */
export interface RawProducerProgress {
  /** Records taken in, loss markers included. */
  readonly accepted: number;
  /** So many of the earliest of them are settled: acknowledged, or refused by the brokers for good. */
  readonly settled: number;
}

const BATCH_RECORDS = 1_000;
/** A batch stays under the fetch limit of whoever reads it. */
const BATCH_BYTES = 512 * 1_024;
/** A larger record is refused. */
const RECORD_BYTES_MAX = 768 * 1_024;
const FREE_SHARE = 0.75;
const RETRY_MS = [10, 50, 100, 250, 500, 1_000];
/** A hiccup that ends within this is not told of. */
const QUIET_MS = 1_000;

interface Queued {
  readonly record: RawRecord;
  readonly bytes: number;
  readonly atMs: number;
}

interface OpenLoss {
  count: number;
  fromMs: number;
  toMs: number;
}

/**
 * Publishes to raw topics, at least once and in order within a partition. One send is under way at a time; after a failed or unanswered one
 * kafkajs' producer is thrown away and the same batch goes out again through a new one, so that the log may hold duplicates but neither a hole
 * nor a first occurrence out of order.
 */
export class RawProducer implements AsyncDisposable {
  readonly #options: RawProducerOptions;
  readonly #machineClock: Clock;
  readonly #bell: Bell;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #ended = new AbortController();
  readonly #losses = new Map<string, OpenLoss>();
  #queue: Queued[] = [];
  #queuedBytes = 0;
  #overflowing = false;
  #accepted = 0;
  #settled = 0;
  #underWay: readonly Queued[] = [];
  #client: KafkaClient | undefined;
  #producer: Producer | undefined;
  #running: Promise<void> | undefined;

  constructor(options: RawProducerOptions) {
    this.#options = options;
    this.#machineClock = options.machineClock ?? new SystemClock();
    this.#bell = new Bell(this.#machineClock);
    this.#maxRecords = options.maxRecords ?? 50_000;
    this.#maxBytes = options.maxBytes ?? 32 * 1_048_576;
  }

  /** Takes a record into the buffer, or drops it when there is no room for it. Never waits. */
  publish(record: RawRecord): 'queued' | 'dropped' {
    const bytes = sizeOf(record);
    if (bytes > RECORD_BYTES_MAX) {
      this.#tellLoss(record, 'refused');
      return 'dropped';
    }
    if (!this.#hasRoom(bytes)) {
      this.#countLoss(record);
      return 'dropped';
    }
    this.#closeLoss(record.topic, record.partition);
    this.#enqueue(record, bytes);
    return 'queued';
  }

  /** A buffer that was full takes nothing until a quarter of it is free: one marker per loss, not one between any two records. */
  #hasRoom(bytes: number): boolean {
    const share = this.#overflowing ? FREE_SHARE : 1;
    const records = this.#queue.length;
    this.#overflowing =
      records >= this.#maxRecords * share || this.#queuedBytes + bytes > this.#maxBytes * share;
    return !this.#overflowing;
  }

  lag(): RawProducerLag {
    const oldest = this.#underWay[0] ?? this.#queue[0];
    return {
      queued: this.#queue.length + this.#underWay.length,
      queuedBytes: this.#queuedBytes,
      oldestAgeMs: oldest === undefined ? 0 : this.#machineClock.monotonicMs() - oldest.atMs,
    };
  }

  progress(): RawProducerProgress {
    return { accepted: this.#accepted, settled: this.#settled };
  }

  /** Resolves when everything published before is acknowledged. Waits as long as the brokers are away. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#underWay.length > 0) await this.#bell.wait(50);
  }

  /** Sends until `signal` aborts; then what is queued is given `stopTimeoutMs`, by default as long as a broker takes to start again, and less than a service has. */
  run(signal: AbortSignal, stopTimeoutMs = 8_000): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#ended.signal]), stopTimeoutMs);
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal, stopTimeoutMs: number): Promise<void> {
    const { lingerMs = 15, logger } = this.#options;
    const forced = new AbortController();
    const onStop = (): void => {
      this.#bell.ring();
      const timer = this.#machineClock.setTimer(() => forced.abort(), stopTimeoutMs);
      forced.signal.addEventListener('abort', () => timer.cancel(), { once: true });
    };
    if (signal.aborted) onStop();
    else signal.addEventListener('abort', onStop, { once: true });
    let sentAtMs = -Infinity;
    let unsent = 0;
    while (!forced.signal.aborted) {
      if (this.#queue.length === 0) {
        this.#closeAllLosses();
        if (this.#queue.length > 0) continue;
        if (signal.aborted) break;
        await this.#bell.wait();
        continue;
      }
      const waitMs = sentAtMs + lingerMs - this.#machineClock.monotonicMs();
      if (waitMs > 0 && this.#queue.length < BATCH_RECORDS) await this.#machineClock.sleep(waitMs, signal);
      sentAtMs = this.#machineClock.monotonicMs();
      unsent = await this.#deliver(this.#takeBatch(), forced.signal);
    }
    unsent += this.#queue.length;
    if (unsent > 0) logger.error({ records: unsent }, 'stopped with unsent records');
    forced.abort();
    this.#discard();
  }

  #takeBatch(): Queued[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < BATCH_RECORDS) {
      bytes += this.#queue[count]?.bytes ?? 0;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Sends until it is acknowledged, and tells how many were not when `forced`. What the broker will never take is found by halving, and counted as lost. */
  async #deliver(batch: readonly Queued[], forced: AbortSignal): Promise<number> {
    this.#underWay = batch;
    const parts: (readonly Queued[])[] = [batch];
    const startedMs = this.#machineClock.monotonicMs();
    for (let attempt = 0; parts.length > 0 && !forced.aborted;) {
      const part = parts[0] as readonly Queued[];
      try {
        await this.#send(part);
        parts.shift();
        attempt = 0;
        this.#options.brokers?.reached();
      } catch (error) {
        this.#discard();
        const code = protocolErrorOf(error) ?? 'unanswered';
        this.#options.metrics?.failed(code);
        if (isRefusal(error)) {
          parts.splice(0, 1, ...this.#split(part));
          continue;
        }
        const delayMs = RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] as number;
        const reason = describeFailure(error);
        this.#options.logger.debug({ reason, delayMs }, 'not sent, trying again');
        if (this.#machineClock.monotonicMs() - startedMs > QUIET_MS) this.#options.brokers?.away(reason);
        await this.#machineClock.sleep(delayMs, forced);
      }
    }
    if (parts.length === 0) this.#settled += batch.length;
    for (const { bytes } of batch) this.#queuedBytes -= bytes;
    this.#underWay = [];
    this.#bell.ring();
    return parts.reduce((sum, { length }) => sum + length, 0);
  }

  #split(part: readonly Queued[]): (readonly Queued[])[] {
    if (part.length > 1) return [part.slice(0, part.length >> 1), part.slice(part.length >> 1)];
    const [refused] = part;
    if (refused !== undefined) this.#tellLoss(refused.record, 'refused');
    return [];
  }

  async #send(batch: readonly Queued[]): Promise<void> {
    const startedMs = this.#machineClock.monotonicMs();
    const producer = await this.#connected();
    const topicMessages = this.#messagesOf(batch);
    requireAnswers(topicMessages, await producer.sendBatch({ topicMessages, acks: -1, timeout: 10_000 }));
    this.#options.metrics?.sent(batch.length, this.#machineClock.monotonicMs() - startedMs);
  }

  #messagesOf(batch: readonly Queued[]): TopicMessages[] {
    const byTopic = new Map<string, Message[]>();
    for (const { record } of batch) {
      const message: Message = {
        partition: record.partition,
        key: record.key,
        value: record.value,
        timestamp: String(record.timestampMs),
        ...(record.headers === undefined ? {} : { headers: record.headers }),
      };
      const messages = byTopic.get(record.topic);
      if (messages === undefined) byTopic.set(record.topic, [message]);
      else messages.push(message);
    }
    return Array.from(byTopic, ([topic, messages]) => ({ topic: this.#options.prefix + topic, messages }));
  }

  async #connected(): Promise<Producer> {
    if (this.#producer !== undefined) return this.#producer;
    this.#client = createKafka(this.#options.kafka, this.#options.logger);
    // Retries of its own would send beside requests that are still under way.
    const producer = this.#client.kafka.producer({
      createPartitioner: explicitPartition,
      allowAutoTopicCreation: false,
      retry: { retries: 0 },
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  #discard(): void {
    // Cut first: a request that waits in a buffer of ours must not arrive after its repetition.
    this.#client?.destroy();
    void this.#producer?.disconnect().catch(() => undefined);
    this.#client = undefined;
    this.#producer = undefined;
  }

  #enqueue(record: RawRecord, bytes: number): void {
    this.#queue.push({ record, bytes, atMs: this.#machineClock.monotonicMs() });
    this.#queuedBytes += bytes;
    this.#accepted++;
    if (this.#queue.length === 1) this.#bell.ring();
  }

  #countLoss({ topic, partition, timestampMs }: RawRecord): void {
    this.#options.metrics?.dropped(topic, 1);
    const key = `${partition} ${topic}`;
    const loss = this.#losses.get(key);
    if (loss === undefined) this.#losses.set(key, { count: 1, fromMs: timestampMs, toMs: timestampMs });
    else {
      loss.count++;
      loss.toMs = timestampMs;
    }
  }

  /** Writes the marker of what was dropped, in the place of what was dropped. */
  #closeLoss(topic: string, partition: number): void {
    if (this.#losses.size === 0) return;
    const key = `${partition} ${topic}`;
    const loss = this.#losses.get(key);
    if (loss === undefined) return;
    this.#losses.delete(key);
    this.#mark({ topic, partition, ...loss, reason: 'full' });
  }

  #closeAllLosses(): void {
    for (const key of this.#losses.keys()) {
      const space = key.indexOf(' ');
      this.#closeLoss(key.slice(space + 1), Number(key.slice(0, space)));
    }
  }

  #tellLoss({ topic, partition, timestampMs }: RawRecord, reason: Loss['reason']): void {
    this.#options.metrics?.dropped(topic, 1);
    this.#mark({ topic, partition, count: 1, fromMs: timestampMs, toMs: timestampMs, reason });
  }

  #mark(loss: Loss): void {
    this.#options.logger.warn(loss, 'records dropped before Kafka');
    const marker = this.#options.lossMarker?.(loss);
    if (marker !== undefined) this.#enqueue(marker, sizeOf(marker));
  }
}

function sizeOf(record: RawRecord): number {
  return 80 + recordBytes(record);
}
