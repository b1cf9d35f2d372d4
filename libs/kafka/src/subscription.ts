import { SystemClock, type Clock, type Logger } from '@concord/runtime';
import type { Consumer, EachBatchPayload, KafkaMessage, PartitionAssigner } from 'kafkajs';
import { createKafka, type KafkaClient, type KafkaConnection } from './connection.ts';
import { describeFailure, unreadableBatch, type UnreadableBatchError } from './errors.ts';

/** Records of one partition as fetched, in order. `topic` is the physical name. */
export interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  /** Offset the fetch asked for: what lies between it and the first message was aborted, compacted or a control record. */
  readonly fetchedOffset: number;
  /** Offset after the batch's last record, control records included. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  /** Empty when everything in the range was filtered. */
  readonly messages: readonly KafkaMessage[];
}

export interface SubscriptionOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly assignor?: PartitionAssigner;
  readonly logger: Logger;
  readonly sessionTimeoutMs?: number;
  /** Paces back-offs; the machine's time unless a test replaces it. */
  readonly machineClock?: Clock;
  /**
   * Called synchronously at every join, before anything of the new assignment is fetched: kafkajs would not wait for a promise. It must
   * pause or seek every assigned partition, because kafkajs forgets its positions (and after a crash its pauses) here.
   */
  onJoin(assigned: ReadonlyMap<string, readonly number[]>): void;
  /** Must return at once: while it works, every other partition of this subscription is silent. */
  onBatch(batch: FetchedBatch): void;
  /** The coordinator has confirmed the membership. */
  onHeartbeat?(): void;
  /** The consumer has failed again and again; it joins anew by itself, after which `onJoin` is called. */
  onLoss?(reason: string): void;
  /** The log holds something that can never be read; trying goes on until `run`'s signal aborts. */
  onUnreadable?(error: UnreadableBatchError): void;
}

/** How long a dead replica keeps its tasks; a broker takes no less than 6 s unless told. */
const SESSION_TIMEOUT_MS = 9_000;
const HEARTBEAT_MS = 300;
/** Longest wait of a fetch that finds nothing; also how soon a pause, a seek or a heartbeat is looked at. */
const FETCH_WAIT_MS = 100;
/** From the few records of one fetch to the next one. What comes meanwhile costs no request of its own (docs/decisions/0009-paced-requests.md). */
const FETCH_REST_MS = 10;
/** A partition that gives more than these has more of them: it is read on at once. */
const FEW_RECORDS = 500;
/** kafkajs hands on so many partitions of a fetch before the first of them has rested. More of them only wait for their turn. */
const PARTITIONS_AT_ONCE = 64;
/** Per partition and fetch. Everything this package writes comes in batches that fit, those of snapshots four times over. */
const FETCH_LIMIT_BYTES = 1_048_576;
/** Per fetch. kafkajs holds a response twice while it is read, and V8 is slow to give such buffers back. */
const RESPONSE_LIMIT_BYTES = 4 * FETCH_LIMIT_BYTES;
const REBALANCE_TIMEOUT_MS = 15_000;
/** Longer than any join: kafkajs can stop without a crash, or wait for a dead connection before it says so. */
const SILENCE_LIMIT_MS = 40_000;
/** How long leaving the group may take; whoever stays longer is put out by the session's end. */
const LEAVE_LIMIT_MS = 2_000;
const BACKOFF_MS = [100, 200, 500, 1_000, 2_000];

/**
 * One group consumer that only hands records on. It re-creates kafkajs' consumer after a crash, never commits for it, and reports
 * batches that hold nothing but control records, which kafkajs skips silently.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #machineClock: Clock;
  readonly sessionTimeoutMs: number;
  #consumer: Consumer | undefined;
  #joined = false;
  #confirmedAtMs = 0;
  #restUntilMs = -Infinity;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    this.#machineClock = options.machineClock ?? new SystemClock();
  }

  get joined(): boolean {
    return this.#joined;
  }

  pause(topic: string, partition: number): void {
    this.#steer((consumer) => consumer.pause([{ topic, partitions: [partition] }]));
  }

  resume(topic: string, partition: number): void {
    this.#steer((consumer) => consumer.resume([{ topic, partitions: [partition] }]));
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#steer((consumer) => consumer.seek({ topic, partition, offset: String(offset) }));
  }

  #steer(act: (consumer: Consumer) => void): void {
    if (this.#consumer === undefined) return;
    try {
      act(this.#consumer);
    } catch (error) {
      // Between a crash and its event kafkajs refuses; `onJoin` sets everything anew.
      this.#options.logger.debug({ reason: describeFailure(error) }, 'not steered');
    }
  }

  /** Shows positions to lag monitors. Nothing depends on it: tasks keep their own. */
  async report(positions: readonly { topic: string; partition: number; offset: number }[]): Promise<void> {
    if (!this.#joined || positions.length === 0) return;
    const offsets = positions.map((position) => ({ ...position, offset: String(position.offset) }));
    await this.#consumer?.commitOffsets(offsets);
  }

  /** Consumes until `signal` aborts, then leaves the group. Outages are waited out; it does not reject. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = this.#machineClock.monotonicMs();
      try {
        await this.#consume(signal);
      } catch (error) {
        if (signal.aborted) break;
        if (this.#machineClock.monotonicMs() - startedMs > 30_000) failures = 0;
        const delayMs = BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)] as number;
        const unreadable = unreadableBatch(this.#options.topics, error);
        if (unreadable !== undefined) this.#options.onUnreadable?.(unreadable);
        const reason = describeFailure(unreadable ?? error);
        this.#options.logger.debug({ reason, delayMs }, 'consumer lost, joining anew');
        // The first failure may be a hiccup, as of a coordinator that moves.
        if (failures > 1) this.#options.onLoss?.(reason);
        await this.#machineClock.sleep(delayMs, signal);
      }
    }
  }

  /** One life of a kafkajs consumer; rejects when it crashes, resolves when stopped. */
  async #consume(signal: AbortSignal): Promise<void> {
    const client = createKafka(this.#options.connection, this.#options.logger);
    const consumer = this.#createConsumer(client);
    this.#consumer = consumer;
    const ended = Promise.withResolvers<void>();
    const stop = (): void => ended.resolve();
    signal.addEventListener('abort', stop, { once: true });
    this.#listen(consumer, (error) => ended.reject(error));
    this.#confirmedAtMs = this.#machineClock.monotonicMs();
    const watch = this.#machineClock.setRepeating(() => {
      const silentMs = this.#machineClock.monotonicMs() - this.#confirmedAtMs;
      if (silentMs > SILENCE_LIMIT_MS) ended.reject(new Error(`no heartbeat for ${Math.round(silentMs)} ms`));
    }, HEARTBEAT_MS);
    try {
      const started = this.#start(consumer);
      // Its failure after the end is nobody's concern.
      started.catch(() => undefined);
      await Promise.race([started, ended.promise]);
      await ended.promise;
      if (this.#joined) await Promise.race([consumer.disconnect(), this.#machineClock.sleep(LEAVE_LIMIT_MS)]);
    } finally {
      watch.cancel();
      signal.removeEventListener('abort', stop);
      this.#consumer = undefined;
      this.#joined = false;
      client.destroy();
      void consumer.disconnect().catch(() => undefined);
    }
  }

  async #start(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => {
        this.#deliver(payload);
        return payload.batch.messages.length > FEW_RECORDS ? Promise.resolve() : this.#rest();
      },
    });
  }

  /** All partitions of a fetch rest until the same moment; kafkajs fetches again when none of them does. */
  async #rest(): Promise<void> {
    const now = this.#machineClock.monotonicMs();
    if (now >= this.#restUntilMs) this.#restUntilMs = now + FETCH_REST_MS;
    await this.#machineClock.sleep(this.#restUntilMs - now);
  }

  #createConsumer(client: KafkaClient): Consumer {
    const { groupId, assignor } = this.#options;
    return client.kafka.consumer({
      groupId,
      ...(assignor === undefined ? {} : { partitionAssigners: [assignor] }),
      sessionTimeout: this.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxBytesPerPartition: FETCH_LIMIT_BYTES,
      maxBytes: RESPONSE_LIMIT_BYTES,
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      // A restart of its own would keep a half-dead client: this class makes a new one.
      retry: { retries: 8, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  #listen(consumer: Consumer, crashed: (error: Error) => void): void {
    const current = (): boolean => this.#consumer === consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (!current()) return;
      this.#joined = true;
      this.#confirmedAtMs = this.#machineClock.monotonicMs();
      this.#options.onJoin(new Map(Object.entries(payload.memberAssignment)));
    });
    consumer.on(consumer.events.HEARTBEAT, () => {
      if (!current()) return;
      this.#confirmedAtMs = this.#machineClock.monotonicMs();
      this.#options.onHeartbeat?.();
    });
    consumer.on(consumer.events.REBALANCING, () => {
      if (current()) this.#joined = false;
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => crashed(payload.error));
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      // Filtered to nothing: kafkajs moves its position past it and calls no handler. These logs have no holes, so that the first
      // offset is the one that was asked for; of a compacted log nobody needs it.
      if (payload.batchSize > 0 || payload.firstOffset === null || !current()) return;
      this.#options.onBatch({
        topic: payload.topic,
        partition: payload.partition,
        fetchedOffset: Number(payload.firstOffset),
        nextOffset: Number(payload.lastOffset) + 1,
        highWatermark: Number(payload.highWatermark),
        messages: [],
      });
    });
  }

  #deliver({ batch, isStale }: EachBatchPayload): void {
    if (isStale()) return;
    // Not in kafkajs' types, but in every one of its batches.
    const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset: string };
    this.#options.onBatch({
      topic: batch.topic,
      partition: batch.partition,
      fetchedOffset: Number(fetchedOffset),
      nextOffset: Number(batch.lastOffset()) + 1,
      highWatermark: Number(batch.highWatermark),
      messages: batch.messages,
    });
  }
}
