/** Headers of a record; a name that stands twice keeps its first value. */
export type RecordHeaders = Readonly<Record<string, Buffer>>;

/** A committed record as a stage reads it. `topic` is the logical name, without the deployment's prefix. */
export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's append time for live raw topics, the carried timestamp elsewhere. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** `null` for markers. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

/** A record a fold emits. It goes to the task's own partition of `topic` (logical name). */
export interface OutputRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string>>;
  readonly timestampMs: number;
}

export type Emit = (record: OutputRecord) => void;

/**
 * Pure fold of one partition of one input topic. Its outputs and its state may depend on nothing but the records applied, in their
 * order: no clock, no chance, no I/O, no trust in group sizes. An exception is a broken invariant and stops the stage; bad
 * data is a result.
 */
export interface Fold {
  apply(record: InputRecord, emit: Emit): void;
  /**
   * Entries that changed since the last call (`null` = deleted). Called only when a snapshot is due, right after an `apply`. A key
   * must be unique within this fold; the runner keeps folds of different inputs apart.
   */
  changes(): Iterable<readonly [key: string, value: Buffer | null]>;
  /** All entries, for a full checkpoint. Does not touch what `changes` will say. */
  entries(): Iterable<readonly [key: string, value: Buffer]>;
  /** Takes back one entry of the newest snapshot, before any `apply`. Throws when it cannot read it: the task is then refused. */
  restore(key: string, value: Buffer): void;
}

/** A message a task writes into its own partition of an input topic, outside the transaction (the validator's clock marker). */
export interface Tick {
  readonly topic: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Kept by topics with CreateTime; live raw topics get the broker's append time. */
  readonly timestampMs: number;
}

/** What a service supplies to be run exactly once. All topics are logical names. */
export interface Stage {
  /** Names the consumer group, the transactional ids and the topics `state.<name>` and `checkpoints.<name>`. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  createFold(topic: string, partition: number): Fold;
  /** Awaited before a batch is folded, e.g. to fetch unknown schema ids. Must not change results. A rejection is retried. */
  prepare?(records: readonly InputRecord[], signal: AbortSignal): Promise<void>;
  /** Best effort after the commit (Redis snapshots): not awaited, and an exception is only logged. */
  committed?(partition: number, outputs: readonly OutputRecord[]): void;
  /** Asked once a second of the stage's clock by every running task. */
  ticks?(partition: number, nowMs: number): readonly Tick[];
}

/**
 * `waiting` for the group to give it to this replica · `loading` fence, snapshot · `replaying` folding again with output suppressed ·
 * `running` · `stopping` committing what is in flight.
 */
export type TaskState = 'waiting' | 'loading' | 'replaying' | 'running' | 'stopping';

/** Figures of one task; offsets are per logical input topic. */
export interface TaskStatus {
  readonly partition: number;
  readonly state: TaskState;
  /** Next offset to be read after a restart. */
  readonly committedOffsets: Readonly<Record<string, number>>;
  /** Records of the log not yet committed, by topic; stays at its last figure while nothing is fetched. */
  readonly lag: Readonly<Record<string, number>>;
  readonly queued: number;
  /** Takeovers so far, the first included. */
  readonly takeovers: number;
  readonly lastError?: string;
}

export interface RunnerStatus {
  readonly stage: string;
  /** Whether this replica is a member of the group at the moment. */
  readonly joined: boolean;
  readonly tasks: readonly TaskStatus[];
}

/** A stage's replica. `run` resolves when drained after `signal`, and rejects with a fatal `ConcordError`. */
export interface Runner extends AsyncDisposable {
  run(signal: AbortSignal): Promise<void>;
  status(): RunnerStatus;
}

/** Where a runner reports its figures; every method may be called often and must not throw. */
export interface TaskMetrics {
  /** One committed transaction: its length, records folded and emitted in it, end of input lag. */
  committed(stage: string, partition: number, figures: CommitFigures): void;
  takeover(stage: string, partition: number, durationMs: number): void;
  failed(stage: string, partition: number, code: string): void;
  lag(stage: string, partition: number, records: number): void;
}

export interface CommitFigures {
  readonly durationMs: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Bytes of snapshot and checkpoint entries. */
  readonly stateBytes: number;
}
