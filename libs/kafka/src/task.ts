import { nextTurn, type Clock } from '@concord/runtime';
import { Bell } from './bell.ts';
import { StageBrokenError } from './errors.ts';
import type { Folds } from './folds.ts';
import { PendingGroup } from './pending-group.ts';
import type { Emit, InputRecord, TaskMetrics, TaskState } from './stage.ts';
import { intoRounds, jsonRecord, POSITION_KEY, type Offsets } from './state-records.ts';
import { checkpointTopic, stateTopic, takeOver, type TakeoverOptions, type Tenure } from './takeover.ts';
import type { TopicBatch } from './transactional-writer.ts';

/** How much a task puts into one transaction, and how often it makes one. */
export interface TaskPace {
  /** Shortest time from one commit's start to the next. */
  readonly commitEveryMs: number;
  /** The part of the time left free of commits: a slow broker gets larger groups, not a queue. */
  readonly restShare: number;
  /** A group without outputs, which nobody waits for, is committed after this time. */
  readonly idleCommitMs: number;
  /** A position or snapshot that is behind while nothing comes is committed after this time. */
  readonly restCommitMs: number;
  /** Largest group, in input records and in outputs. */
  readonly groupRecords: number;
  readonly groupBytes: number;
  readonly snapshotEveryMs: number;
  readonly snapshotEveryRecords: number;
  /** In log time. */
  readonly checkpointEveryMs: number;
}

export const DEFAULT_PACE: TaskPace = {
  commitEveryMs: 10,
  restShare: 0.2,
  idleCommitMs: 500,
  restCommitMs: 30_000,
  groupRecords: 2_000,
  // A batch stays under the fetch limit of whoever reads it.
  groupBytes: 512 * 1_024,
  snapshotEveryMs: 10_000,
  snapshotEveryRecords: 100_000,
  checkpointEveryMs: 900_000,
};

export interface TaskOptions extends TakeoverOptions {
  readonly pace: TaskPace;
  readonly metrics?: TaskMetrics;
}

/** Longest stretch of folding before timers, sockets and heartbeats get their turn. */
const TURN_MS = 8;
const TURN_RECORDS = 64;
const PREPARE_RETRY_MS = [20, 100, 500, 1_000];

/**
 * One tenure of a task: from its takeover to its loss or its orderly end. Folding goes on while a commit is under way; what it emits meanwhile
 * makes the next group. Any failure ends the tenure with its state and its writer; the runner takes the task over anew.
 */
export class Task {
  readonly #options: TaskOptions;
  readonly #machineClock: Clock;
  readonly #bell: Bell;
  readonly #next: Record<string, number> = {};
  #tenure: Tenure | undefined;
  #committed: Offsets = {};
  /** Whether a position stands in the state topic. Shown any earlier, a start that never came to a commit would look like a lost state. */
  #hasPast = false;
  #group: PendingGroup;
  #state: TaskState = 'loading';
  /** Set once, by the stop signal or by the first failure. */
  #stopping = false;
  /** Nothing is committed any more. */
  #failed = false;
  /** Ends the wait for a preparation. One for each: what waits on a promise that lives as long as the task would pile up there. */
  #endPreparation: (() => void) | undefined;
  #foldingDone = false;
  #logTimeMs = 0;
  #checkpointMs: number | null = null;
  #unsavedRecords = 0;
  #savedAtMs = 0;
  #snapshotDue = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.#machineClock = options.machineClock;
    this.#bell = new Bell(options.machineClock);
    this.#group = new PendingGroup(options.partition);
  }

  get state(): TaskState {
    return this.#state;
  }

  get committedOffsets(): Offsets {
    return this.#hasPast ? this.#committed : {};
  }

  /** Records of the inputs not committed, as far as the log's ends were seen. */
  lag(): number {
    const { stage, lane } = this.#options;
    return stage.inputs.reduce(
      (sum, topic) => sum + Math.max(0, lane.endOf(topic) - (this.#committed[topic] ?? 0)),
      0,
    );
  }

  /** Resolves when `signal` has stopped it and everything folded is committed; rejects when the tenure is lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { lane, stage, partition, metrics } = this.#options;
    const startedMs = this.#machineClock.monotonicMs();
    const tenure = await takeOver(this.#options);
    const { writer } = tenure;
    const stop = (): void => this.#stop();
    try {
      this.#begin(tenure);
      metrics?.takeover(stage.name, partition, this.#machineClock.monotonicMs() - startedMs);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) this.#stop();
      await this.#work(tenure, signal);
      await writer.close();
    } finally {
      signal.removeEventListener('abort', stop);
      lane.close();
      writer.discard();
    }
  }

  /** Ends a drain that takes too long: what is not committed is done again by the next owner. */
  abandon(): void {
    this.#tenure?.writer.discard();
    this.#stop();
  }

  #begin(tenure: Tenure): void {
    this.#tenure = tenure;
    this.#committed = tenure.committed;
    this.#hasPast = tenure.restored;
    this.#checkpointMs = tenure.checkpointMs;
    Object.assign(this.#next, tenure.resumeAt);
    this.#savedAtMs = this.#machineClock.monotonicMs();
    // The first transaction of a stage's life holds a snapshot, so that positions never stand without one.
    this.#snapshotDue = !tenure.restored;
    this.#state = this.#replaying() ? 'replaying' : 'running';
    this.#options.lane.open(tenure.resumeAt);
  }

  async #work(tenure: Tenure, signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled([
      this.#foldLoop(tenure.folds, signal),
      this.#commitLoop(tenure),
    ]);
    // A broken fold is worth more than the lost commit that follows from it.
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (errors.length > 0) throw errors.find((error) => error instanceof StageBrokenError) ?? errors[0];
  }

  /** Before anything is awaited again: a broken fold may have emitted half of a record's outputs. */
  #fail(error: unknown): never {
    this.#failed = true;
    this.#stop();
    throw error;
  }

  #stop(): void {
    this.#stopping = true;
    this.#endPreparation?.();
    this.#state = 'stopping';
    this.#options.lane.close();
    this.#bell.ring();
  }

  async #foldLoop(folds: Folds, signal: AbortSignal): Promise<void> {
    const { lane, pace } = this.#options;
    try {
      while (!this.#stopping) {
        const records = lane.take(pace.groupRecords);
        if (records.length === 0) {
          this.#skipControlRecords();
          await lane.arrivals.wait();
          continue;
        }
        await this.#prepare(records, signal);
        await this.#foldAll(folds, records);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#foldingDone = true;
      this.#bell.ring();
    }
  }

  async #prepare(records: readonly InputRecord[], signal: AbortSignal): Promise<void> {
    const { stage, logger, partition } = this.#options;
    for (let attempt = 0; stage.prepare !== undefined && !this.#stopping; attempt++) {
      try {
        // A stop does not wait for it: what is not folded yet is the next owner's.
        const stopped = Promise.withResolvers<void>();
        this.#endPreparation = stopped.resolve;
        await Promise.race([stage.prepare(records, signal), stopped.promise]);
        return;
      } catch (error) {
        const delayMs = PREPARE_RETRY_MS[Math.min(attempt, PREPARE_RETRY_MS.length - 1)] as number;
        logger.warn({ partition, delayMs, reason: String(error) }, 'not prepared, trying again');
        await this.#machineClock.sleep(delayMs, signal);
      }
    }
  }

  async #foldAll(folds: Folds, records: readonly InputRecord[]): Promise<void> {
    let turnMs = this.#machineClock.monotonicMs();
    let count = 0;
    for (const record of records) {
      if (this.#stopping) return;
      this.#foldOne(folds, record);
      while (this.#groupIsFull() && !this.#stopping) {
        this.#bell.ring();
        await this.#bell.wait();
      }
      if (++count % TURN_RECORDS > 0) continue;
      this.#bell.ring();
      if (this.#machineClock.monotonicMs() - turnMs < TURN_MS) continue;
      await nextTurn();
      turnMs = this.#machineClock.monotonicMs();
    }
    this.#skipControlRecords();
    if (this.#state === 'replaying' && !this.#replaying()) this.#state = 'running';
    this.#bell.ring();
  }

  /** Moves positions over the control records behind the last record. Only when nothing taken out waits to be folded. */
  #skipControlRecords(): void {
    const { lane, stage } = this.#options;
    for (const topic of stage.inputs) {
      const emptiedTo = lane.emptiedTo(topic);
      if (emptiedTo !== undefined) this.#next[topic] = Math.max(this.#next[topic] ?? 0, emptiedTo);
    }
  }

  #foldOne(folds: Folds, record: InputRecord): void {
    const { topic, offset } = record;
    if (offset < (this.#next[topic] ?? 0)) return;
    const repeated = offset < (this.#committed[topic] ?? 0);
    folds.apply(record, repeated ? undefined : this.#emit);
    this.#next[topic] = offset + 1;
    this.#logTimeMs = Math.max(this.#logTimeMs, record.timestampMs);
    this.#unsavedRecords++;
    if (repeated) return;
    this.#group.inputs++;
    this.#group.firstAtMs ??= this.#machineClock.monotonicMs();
  }

  readonly #emit: Emit = (record) => {
    const { stage } = this.#options;
    if (!stage.outputs.includes(record.topic))
      throw new StageBrokenError(`${stage.name} emitted to ${record.topic}, which it has not declared`);
    this.#group.add(record);
  };

  #groupIsFull(): boolean {
    const { pace } = this.#options;
    const { inputs, outputs, bytes } = this.#group;
    return inputs >= pace.groupRecords || outputs.length >= pace.groupRecords || bytes >= pace.groupBytes;
  }

  #replaying(): boolean {
    return this.#options.stage.inputs.some(
      (topic) => (this.#next[topic] ?? 0) < (this.#committed[topic] ?? 0),
    );
  }

  async #commitLoop(tenure: Tenure): Promise<void> {
    const { pace } = this.#options;
    let startedMs = -Infinity;
    let durationMs = 0;
    for (;;) {
      const restMs = Math.max(pace.commitEveryMs, durationMs / (1 - pace.restShare));
      await this.#untilDue(startedMs, startedMs + restMs);
      if (this.#failed) return;
      const last = this.#stopping && this.#foldingDone;
      if (this.#group.inputs > 0 || ((last || this.#restsSince(startedMs)) && this.#hasMoved())) {
        startedMs = this.#machineClock.monotonicMs();
        await this.#commit(tenure, last).catch((error: unknown) => this.#fail(error));
        durationMs = this.#machineClock.monotonicMs() - startedMs;
      }
      if (last) return;
    }
  }

  /** Waits for something to commit, and then until `earliestMs`; a group nobody waits for may grow for a while. */
  async #untilDue(startedMs: number, earliestMs: number): Promise<void> {
    const { pace } = this.#options;
    for (;;) {
      if (this.#stopping) {
        if (this.#foldingDone) return;
        await this.#bell.wait();
        continue;
      }
      const { inputs, outputs, firstAtMs = 0 } = this.#group;
      if (inputs === 0) {
        await this.#bell.wait(pace.restCommitMs);
        if (this.#restsSince(startedMs) && this.#hasMoved()) return;
        continue;
      }
      const urgent = outputs.length > 0 || this.#groupIsFull();
      const dueMs = urgent ? earliestMs : Math.max(earliestMs, firstAtMs + pace.idleCommitMs);
      const waitMs = dueMs - this.#machineClock.monotonicMs();
      if (waitMs <= 0) return;
      // An urgent group only waits for its time: rings for more records would be wake-ups for nothing.
      if (urgent) await this.#machineClock.sleep(waitMs);
      else await this.#bell.wait(waitMs);
    }
  }

  #restsSince(startedMs: number): boolean {
    return this.#machineClock.monotonicMs() - startedMs >= this.#options.pace.restCommitMs;
  }

  /**
   * Whether the saved position or snapshot is behind, although nothing waits for a commit. Left so, an input without records would one
   * day be deleted up to beyond the position, and the task refused for a loss that is none.
   */
  #hasMoved(): boolean {
    if (this.#replaying()) return false;
    return this.#unsavedRecords > 0 || this.#options.stage.inputs.some((topic) => this.#ahead(topic) > 0);
  }

  #ahead(topic: string): number {
    return (this.#next[topic] ?? 0) - (this.#committed[topic] ?? 0);
  }

  async #commit({ writer, folds }: Tenure, last: boolean): Promise<void> {
    const { stage, partition, metrics, logger } = this.#options;
    const group = this.#group;
    this.#group = new PendingGroup(partition);
    const startedMs = this.#machineClock.monotonicMs();
    // Nothing may be awaited until all messages are made: the state is that of exactly these offsets only now.
    const offsets: Record<string, number> = {};
    for (const topic of stage.inputs) {
      offsets[topic] = Math.max(this.#next[topic] ?? 0, this.#committed[topic] ?? 0);
    }
    const { rounds, stateBytes } = this.#rounds(group, folds, offsets, last);
    this.#bell.ring();
    await writer.commit(rounds);
    this.#committed = offsets;
    this.#hasPast = true;
    metrics?.lag(stage.name, partition, this.lag());
    metrics?.committed(stage.name, partition, {
      durationMs: this.#machineClock.monotonicMs() - startedMs,
      inputs: group.inputs,
      outputs: group.outputs.length,
      stateBytes,
    });
    try {
      if (group.outputs.length > 0) stage.committed?.(partition, group.outputs);
    } catch (error) {
      logger.warn({ partition, reason: String(error) }, 'hook after the commit failed');
    }
  }

  #rounds(
    group: PendingGroup,
    folds: Folds,
    offsets: Offsets,
    last: boolean,
  ): { rounds: TopicBatch[][]; stateBytes: number } {
    const { stage, partition, prefix } = this.#options;
    const state = stateTopic(prefix, stage.name);
    const position = jsonRecord(partition, POSITION_KEY, offsets, this.#logTimeMs);
    const [first = [], ...others] = group.rounds(prefix);
    const rounds: TopicBatch[][] = [[{ topic: state, messages: [position] }, ...first], ...others];
    let stateBytes = 0;
    const add = (topic: string, messages: TopicBatch['messages']): void => {
      for (const round of intoRounds(messages)) rounds.push([{ topic, messages: round }]);
      for (const message of messages) stateBytes += message.value?.length ?? 0;
    };
    if (this.#replaying()) return { rounds, stateBytes };
    this.#checkpointMs ??= this.#logTimeMs;
    const checkpointDue = this.#logTimeMs - this.#checkpointMs >= this.#options.pace.checkpointEveryMs;
    if (checkpointDue) {
      this.#checkpointMs = this.#logTimeMs;
      add(checkpointTopic(prefix, stage.name), folds.checkpoint(offsets, this.#logTimeMs));
    }
    if (checkpointDue || last || this.#snapshotIsDue()) {
      add(state, folds.snapshot(offsets, this.#checkpointMs, this.#logTimeMs));
      this.#snapshotDue = false;
      this.#unsavedRecords = 0;
      this.#savedAtMs = this.#machineClock.monotonicMs();
    }
    return { rounds, stateBytes };
  }

  #snapshotIsDue(): boolean {
    const { pace } = this.#options;
    if (this.#snapshotDue || this.#unsavedRecords >= pace.snapshotEveryRecords) return true;
    return this.#machineClock.monotonicMs() - this.#savedAtMs >= pace.snapshotEveryMs;
  }
}
