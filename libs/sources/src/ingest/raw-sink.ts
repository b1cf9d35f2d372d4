/** A record for a raw topic or `sources`; `topic` is the logical name, a marker has a null value. */
export interface SinkRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
  readonly timestampMs: number;
}

/** Records of one partition that a sink dropped in a row. */
export interface SinkLoss {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
}

/**
 * Where an ingestor publishes: a bounded buffer in front of Kafka, in order within a partition, at least once. Full: *drop-newest*; the loss marker
 * then stands in the place of what was dropped.
 */
export interface RawSink {
  publish(record: SinkRecord): 'queued' | 'dropped';
  lag(): { readonly queued: number; readonly oldestAgeMs: number };
  /** Records taken in so far, and how many of the earliest of them are settled: in the log, or refused by it for good. */
  progress(): { readonly accepted: number; readonly settled: number };
  /** Sends until `signal` aborts, then tries to send what is left, and resolves. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes a sink that asks for the marker of each loss; `undefined` when there is none to be written. */
export type OpenRawSink = (lossMarker: (loss: SinkLoss) => SinkRecord | undefined) => RawSink;
