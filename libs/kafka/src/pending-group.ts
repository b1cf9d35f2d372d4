import type { Message } from 'kafkajs';
import { recordBytes } from './record-size.ts';
import type { OutputRecord } from './stage.ts';
import type { TopicBatch } from './transactional-writer.ts';

/** Outputs of one topic in one send. Far below what a batch may hold, so that beside a single huge record nothing else is refused. */
const SEND_BYTES = 1_048_576;

interface Chunk {
  readonly messages: Message[];
  bytes: number;
}

/** What has been folded and waits for the next transaction. Bounded by the task, which stops folding when it is full. */
export class PendingGroup {
  readonly outputs: OutputRecord[] = [];
  readonly #partition: number;
  readonly #chunks = new Map<string, Chunk[]>();
  inputs = 0;
  bytes = 0;
  /** When its first record was folded, steady ms. */
  firstAtMs: number | undefined;

  constructor(partition: number) {
    this.#partition = partition;
  }

  add(record: OutputRecord): void {
    this.outputs.push(record);
    const size = recordBytes(record) + 64;
    this.bytes += size;
    const message: Message = {
      partition: this.#partition,
      key: record.key,
      value: record.value,
      timestamp: String(record.timestampMs),
      ...(record.headers === undefined ? {} : { headers: record.headers }),
    };
    const chunks = this.#chunks.get(record.topic);
    const last = chunks?.at(-1);
    if (last !== undefined && last.bytes + size <= SEND_BYTES) {
      last.messages.push(message);
      last.bytes += size;
      return;
    }
    const next = { messages: [message], bytes: size };
    if (chunks === undefined) this.#chunks.set(record.topic, [next]);
    else chunks.push(next);
  }

  /** The outputs as sends, which keep each topic's order. */
  rounds(prefix: string): TopicBatch[][] {
    const rounds: TopicBatch[][] = [];
    for (const [topic, chunks] of this.#chunks) {
      for (const [index, { messages }] of chunks.entries())
        (rounds[index] ??= []).push({ topic: prefix + topic, messages });
    }
    return rounds;
  }
}
