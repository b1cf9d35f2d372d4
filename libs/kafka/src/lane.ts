import type { Clock } from '@concord/runtime';
import type { KafkaMessage } from 'kafkajs';
import { Bell } from './bell.ts';
import { TaskLostError } from './errors.ts';
import { recordBytes } from './record-size.ts';
import type { InputRecord, RecordHeaders } from './stage.ts';
import type { Offsets, StateCollector } from './state-records.ts';
import type { FetchedBatch } from './subscription.ts';

/** What a lane steers: the partitions of the replica's one subscription. */
export interface PartitionSwitch {
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  seek(topic: string, partition: number, offset: number): void;
}

export interface LaneOptions {
  readonly partition: number;
  readonly prefix: string;
  /** Logical input topics. */
  readonly inputs: readonly string[];
  /** Physical name of the state topic. */
  readonly stateTopic: string;
  readonly partitions: PartitionSwitch;
  readonly machineClock: Clock;
  /** Bounds of the queue; beyond them the task's partitions rest (policy: wait) until half of it is worked off. */
  readonly maxRecords?: number;
  readonly maxBytes?: number;
}

interface Channel {
  /** Logical name. */
  readonly topic: string;
  readonly physical: string;
  /** Next offset to take in. */
  position: number;
  /** End of the log as last seen. */
  end: number;
  queued: number;
}

interface Loading {
  readonly collector: StateCollector;
  readonly done: PromiseWithResolvers<void>;
  position: number;
}

const NO_HEADERS: RecordHeaders = Object.freeze({});

/**
 * The bounded way from the replica's subscription into one task: a position per input topic, a queue, and the flow of its
 * partitions. Only what continues a position is taken in, whatever kafkajs delivers: records of an old position, a silent reset to
 * another offset and a repeated fetch all end here.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #channels: readonly Channel[];
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  /** Rings when records, an error or the end of the lane came. */
  readonly arrivals: Bell;
  #queue: InputRecord[] = [];
  #queuedBytes = 0;
  /** Whether the task wants records, and whether the full queue holds them back at the moment. */
  #open = false;
  #full = false;
  #loading: Loading | undefined;
  #failure: Error | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#maxRecords = options.maxRecords ?? 10_000;
    this.#maxBytes = options.maxBytes ?? 4 * 1_048_576;
    this.arrivals = new Bell(options.machineClock);
    this.#channels = options.inputs.map((topic) => ({
      topic,
      physical: options.prefix + topic,
      position: 0,
      end: 0,
      queued: 0,
    }));
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Lets records in from `offsets` on. */
  open(offsets: Offsets): void {
    this.#clear();
    for (const channel of this.#channels) channel.position = offsets[channel.topic] ?? 0;
    this.#open = true;
    this.steer();
  }

  /** Stops the flow and forgets what was queued. */
  close(): void {
    this.#open = false;
    this.#clear();
    this.#loading?.done.reject(new TaskLostError('The lane was closed'));
    this.steer();
    this.arrivals.ring();
  }

  /**
   * Sets flow and positions of all the task's partitions as they shall be. Synchronous, for every join: kafkajs has then forgotten its
   * own positions, and starts fetching as soon as the listener returns.
   */
  steer(): void {
    const { partition, partitions, stateTopic } = this.#options;
    const flows = this.#open && !this.#full;
    for (const { physical, position } of this.#channels) {
      if (!flows) partitions.pause(physical, partition);
      else {
        partitions.seek(physical, partition, position);
        partitions.resume(physical, partition);
      }
    }
    if (this.#loading === undefined) partitions.pause(stateTopic, partition);
    else {
      partitions.seek(stateTopic, partition, this.#loading.position);
      partitions.resume(stateTopic, partition);
    }
  }

  /** Takes in what was fetched; returns at once. */
  accept(batch: FetchedBatch): void {
    if (batch.topic === this.#options.stateTopic) return this.#acceptState(batch);
    const channel = this.#channels.find(({ physical }) => physical === batch.topic);
    if (channel === undefined || !this.#open || this.#full) return;
    channel.end = batch.highWatermark;
    if (batch.nextOffset <= channel.position) return;
    if (batch.fetchedOffset > channel.position) {
      this.#fail(
        new TaskLostError(
          `${batch.topic}[${batch.partition}] went on at ${batch.fetchedOffset}, expected ${channel.position}`,
        ),
      );
      return;
    }
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= channel.position) this.#enqueue(channel, message);
    }
    channel.position = batch.nextOffset;
    if (this.#queue.length >= this.#maxRecords || this.#queuedBytes >= this.#maxBytes) {
      this.#full = true;
      this.steer();
    }
    this.arrivals.ring();
  }

  /** Up to `limit` queued records in order; empty when there are none. Throws what broke the lane. */
  take(limit: number): InputRecord[] {
    if (this.#failure !== undefined) throw this.#failure;
    const records = this.#queue.splice(0, limit);
    for (const record of records) {
      this.#queuedBytes -= sizeOf(record);
      this.#channel(record.topic).queued--;
    }
    const low = this.#queue.length <= this.#maxRecords / 2 && this.#queuedBytes <= this.#maxBytes / 2;
    if (this.#full && low) {
      this.#full = false;
      this.steer();
    }
    return records;
  }

  /** Offset up to which everything of `topic` was taken out; `undefined` while records are queued. Beyond trailing control records. */
  emptiedTo(topic: string): number | undefined {
    const channel = this.#channel(topic);
    return this.#open && channel.queued === 0 ? channel.position : undefined;
  }

  /** End of the log of `topic` as last seen. */
  endOf(topic: string): number {
    return this.#channel(topic).end;
  }

  /** Reads the state partition from `from` until the collector has met its owner's record. */
  async load(from: number, collector: StateCollector, timeoutMs: number): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#loading = { collector, done, position: from };
    this.steer();
    const timer = this.#options.machineClock.setTimer(() => {
      done.reject(new TaskLostError(`The state was not loaded within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      await done.promise;
    } finally {
      timer.cancel();
      this.#loading = undefined;
      this.steer();
    }
  }

  #acceptState(batch: FetchedBatch): void {
    const loading = this.#loading;
    if (loading === undefined || batch.nextOffset <= loading.position) return;
    // Compaction leaves holes, and a batch that was filtered away does not say where its fetch began.
    if (batch.messages.length > 0 && batch.fetchedOffset > loading.position) {
      loading.done.reject(new TaskLostError(`The state was not read from ${loading.position} on`));
      return;
    }
    loading.position = batch.nextOffset;
    for (const message of batch.messages) {
      const key = message.key?.toString() ?? '';
      if (loading.collector.add(key, message.value, headersOf(message))) return loading.done.resolve();
    }
  }

  #enqueue(channel: Channel, message: KafkaMessage): void {
    const record = inputRecord(channel.topic, this.#options.partition, message);
    this.#queue.push(record);
    channel.queued++;
    this.#queuedBytes += sizeOf(record);
  }

  #channel(topic: string): Channel {
    const channel = this.#channels.find((candidate) => candidate.topic === topic);
    if (channel === undefined) throw new TypeError(`${topic} is no input`);
    return channel;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#open = false;
    this.steer();
    this.arrivals.ring();
  }

  #clear(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#full = false;
    this.#failure = undefined;
    for (const channel of this.#channels) channel.queued = 0;
  }
}

function sizeOf(record: InputRecord): number {
  return 100 + recordBytes(record);
}

/** kafkajs' message as the rest of this package knows records. */
export function inputRecord(topic: string, partition: number, message: KafkaMessage): InputRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: headersOf(message),
  };
}

/** Of a header that stands several times the last counts, as for Kafka's own clients. Kafka allows one without a value, which counts as none. */
function headersOf(message: KafkaMessage): RecordHeaders {
  const given = message.headers;
  if (given === undefined) return NO_HEADERS;
  // Without a prototype: a header may be named like something that every object has.
  const headers = Object.create(null) as Record<string, Buffer>;
  let empty = true;
  for (const name in given) {
    const value = lastOf(given[name]);
    if (value === undefined) continue;
    headers[name] = typeof value === 'string' ? Buffer.from(value) : value;
    empty = false;
  }
  return empty ? NO_HEADERS : headers;
}

/** kafkajs gives null for no value, although its types do not say so, and what JavaScript has under a name as if it were its first value. */
function lastOf(given: unknown): Buffer | string | undefined {
  if (Array.isArray(given)) return (given as unknown[]).findLast(isValue);
  return isValue(given) ? given : undefined;
}

function isValue(value: unknown): value is Buffer | string {
  return typeof value === 'string' || Buffer.isBuffer(value);
}
