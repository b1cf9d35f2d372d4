import type { Message } from 'kafkajs';
import type { OutputRecord } from './stage.ts';
import type { TopicBatch } from './transactional-writer.ts';

/** What has been folded and waits for the next transaction. Bounded by the task, which stops folding when it is full. */
export class PendingGroup {
  readonly outputs: OutputRecord[] = [];
  readonly #partition: number;
  readonly #batches = new Map<string, Message[]>();
  inputs = 0;
  bytes = 0;
  /** When its first record was folded, steady ms. */
  firstAtMs: number | undefined;

  constructor(partition: number) {
    this.#partition = partition;
  }

  add(record: OutputRecord): void {
    this.outputs.push(record);
    this.bytes += (record.value?.length ?? 0) + 64;
    const message: Message = {
      partition: this.#partition,
      key: record.key,
      value: record.value,
      timestamp: String(record.timestampMs),
      ...(record.headers === undefined ? {} : { headers: record.headers }),
    };
    const batch = this.#batches.get(record.topic);
    if (batch === undefined) this.#batches.set(record.topic, [message]);
    else batch.push(message);
  }

  batches(prefix: string): TopicBatch[] {
    return Array.from(this.#batches, ([topic, messages]) => ({ topic: prefix + topic, messages }));
  }
}
