import { SystemClock, type Clock, type Logger } from '@concord/runtime';
import { askBrokers } from './asking.ts';
import { Bell } from './bell.ts';
import type { KafkaConnection } from './connection.ts';
import { inputRecord } from './lane.ts';
import type { InputRecord } from './stage.ts';
import { Subscription, type FetchedBatch } from './subscription.ts';

export interface TopicFollowerOptions {
  readonly kafka: KafkaConnection;
  readonly prefix: string;
  /** Logical names of compacted topics. */
  readonly topics: readonly string[];
  readonly logger: Logger;
  readonly machineClock?: Clock;
  /** Records of one partition, in order; called with at least one, and must return at once. */
  onRecords(records: readonly InputRecord[]): void;
}

/**
 * Reads small compacted topics from their beginning and goes on following them, through outages, so that a process can hold the newest value of
 * each key. Leaves no trace in the brokers.
 */
export class TopicFollower {
  readonly #options: TopicFollowerOptions;
  readonly #machineClock: Clock;
  readonly #subscription: Subscription;
  readonly #progress: Bell;
  /** Next offset, by `topic partition` with the physical name. */
  readonly #positions = new Map<string, number>();

  constructor(options: TopicFollowerOptions) {
    const machineClock = options.machineClock ?? new SystemClock();
    this.#options = options;
    this.#machineClock = machineClock;
    this.#progress = new Bell(machineClock);
    this.#subscription = new Subscription({
      connection: options.kafka,
      groupId: `${options.prefix}follower-${machineClock.nowMs()}-${Math.floor(machineClock.random() * 1e9)}`,
      topics: options.topics.map((topic) => options.prefix + topic),
      logger: options.logger,
      machineClock,
      onJoin: (assigned) => this.#goOn(assigned),
      onBatch: (batch) => this.#accept(batch),
    });
  }

  /** Follows until `signal` aborts; does not reject. */
  run(signal: AbortSignal): Promise<void> {
    return this.#subscription.run(signal);
  }

  /** Resolves when all that stood in the topics at the call has been handed on; also when `signal` aborts. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const { kafka, logger, prefix, topics } = this.#options;
    const ends = await askBrokers(
      { kafka, logger, machineClock: this.#machineClock },
      async (admin) => {
        const physical = topics.map((topic) => prefix + topic);
        const found = await Promise.all(physical.map((topic) => admin.fetchTopicOffsets(topic)));
        return physical.flatMap((topic, at) =>
          (found[at] ?? [])
            .filter(({ low, high }) => low !== high)
            .map(({ partition, high }) => ({ place: `${topic} ${partition}`, end: Number(high) })),
        );
      },
      signal,
    );
    const isBehind = (): boolean =>
      ends?.some(({ place, end }) => (this.#positions.get(place) ?? 0) < end) ?? false;
    const wake = (): void => this.#progress.ring();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted && isBehind()) await this.#progress.wait();
    signal.removeEventListener('abort', wake);
  }

  /** kafkajs has forgotten its positions. */
  #goOn(assigned: ReadonlyMap<string, readonly number[]>): void {
    for (const [topic, partitions] of assigned) {
      for (const partition of partitions) {
        this.#subscription.seek(topic, partition, this.#positions.get(`${topic} ${partition}`) ?? 0);
        this.#subscription.resume(topic, partition);
      }
    }
  }

  #accept({ topic, partition, messages, nextOffset }: FetchedBatch): void {
    const place = `${topic} ${partition}`;
    const position = this.#positions.get(place) ?? 0;
    if (nextOffset <= position) return;
    const logical = topic.slice(this.#options.prefix.length);
    const records = messages
      .filter(({ offset }) => Number(offset) >= position)
      .map((message) => inputRecord(logical, partition, message));
    this.#positions.set(place, nextOffset);
    if (records.length > 0) this.#options.onRecords(records);
    this.#progress.ring();
  }
}
