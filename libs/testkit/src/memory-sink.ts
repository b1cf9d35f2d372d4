import type { OpenRawSink, RawSink, SinkLoss, SinkRecord } from '@concord/sources';

/**
 * A raw sink in memory: bounded like the real one, with the loss marker in the place of what was dropped, and sent from only when a test says so.
 */
export class MemorySink implements RawSink {
  /** Records that were sent, in order. */
  readonly sent: SinkRecord[] = [];
  readonly #queue: SinkRecord[] = [];
  readonly #capacity: number;
  readonly #losses = new Map<string, { -readonly [K in keyof SinkLoss]: SinkLoss[K] }>();
  #lossMarker: (loss: SinkLoss) => SinkRecord | undefined = () => undefined;
  isOpen = true;
  stopped = false;

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  readonly open: OpenRawSink = (lossMarker) => {
    this.#lossMarker = lossMarker;
    return this;
  };

  publish(record: SinkRecord): 'queued' | 'dropped' {
    const key = `${record.topic} ${record.partition}`;
    const loss = this.#losses.get(key);
    if (this.#queue.length >= this.#capacity) {
      if (loss === undefined) {
        this.#losses.set(key, { topic: record.topic, partition: record.partition, count: 1 });
      } else loss.count++;
      return 'dropped';
    }
    if (loss !== undefined) this.#tell(key, loss);
    this.#queue.push(record);
    if (this.isOpen) this.send();
    return 'queued';
  }

  /** Sends what is queued. */
  send(): void {
    this.sent.push(...this.#queue.splice(0));
  }

  lag(): { queued: number; oldestAgeMs: number } {
    return { queued: this.#queue.length, oldestAgeMs: 0 };
  }

  progress(): { accepted: number; settled: number } {
    return { accepted: this.sent.length + this.#queue.length, settled: this.sent.length };
  }

  async run(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    this.send();
    this.stopped = true;
  }

  #tell(key: string, loss: SinkLoss): void {
    this.#losses.delete(key);
    const marker = this.#lossMarker(loss);
    if (marker !== undefined) this.#queue.push(marker);
  }
}
