import { ConcordError } from '@concord/model';
import { describeFailure, protocolErrorOf } from './errors.ts';
import { Lane, type PartitionSwitch } from './lane.ts';
import type { TaskStatus } from './stage.ts';
import { Task, type TaskOptions } from './task.ts';
import { stateTopic } from './takeover.ts';

export interface TenancyOptions extends Omit<TaskOptions, 'lane'> {
  readonly partitions: PartitionSwitch;
  readonly queueRecords?: number;
  readonly queueBytes?: number;
  /** Resolves when the group has confirmed, after the call, that this replica is a member. */
  confirmed(): Promise<void>;
}

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 3_000;
/** So many failures in a row are no hiccup: somebody should look. */
const LOUD_FAILURES = 3;
/** A tenure of this length counts as a success: the next failure starts with the shortest back-off again. */
const STEADY_MS = 30_000;

/** A task as long as the group leaves it with this replica: one tenure after another, each begun by a takeover. */
export class Tenancy {
  readonly lane: Lane;
  readonly #options: TenancyOptions;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #started = false;
  #task: Task | undefined;
  #takeovers = 0;
  #lastError: string | undefined;

  constructor(options: TenancyOptions) {
    this.#options = options;
    const { partition, prefix, stage, partitions, machineClock, queueRecords, queueBytes } = options;
    this.lane = new Lane({
      partition,
      prefix,
      inputs: stage.inputs,
      stateTopic: stateTopic(prefix, stage.name),
      partitions,
      machineClock,
      ...(queueRecords === undefined ? {} : { maxRecords: queueRecords }),
      ...(queueBytes === undefined ? {} : { maxBytes: queueBytes }),
    });
  }

  /** Whether it was told to end: the group may have given the task to somebody else. */
  get ending(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Runs until `end`; rejects with a fatal `ConcordError` only. */
  async run(): Promise<void> {
    this.#started = true;
    try {
      await this.#run();
    } finally {
      this.#ended.resolve();
    }
  }

  /** Stops intake, commits what is folded, and resolves when nothing of the task is left here. */
  async end(): Promise<void> {
    this.#stop.abort();
    // Also ends a load that would wait for a partition which is somebody else's now.
    this.lane.close();
    if (this.#started) await this.#ended.promise;
  }

  /** Cuts a drain short. */
  abandon(): void {
    this.#stop.abort();
    this.#task?.abandon();
  }

  status(): TaskStatus {
    const { stage, partition } = this.#options;
    const committedOffsets = this.#task?.committedOffsets ?? {};
    const lag: Record<string, number> = {};
    for (const topic of stage.inputs) {
      const committed = committedOffsets[topic];
      if (committed !== undefined) lag[topic] = Math.max(0, this.lane.endOf(topic) - committed);
    }
    return {
      partition,
      state: this.#task?.state ?? 'waiting',
      committedOffsets,
      lag,
      queued: this.lane.queued,
      takeovers: this.#takeovers,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  async #run(): Promise<void> {
    const { stage, partition, metrics, logger, machineClock, confirmed } = this.#options;
    const signal = this.#stop.signal;
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = machineClock.monotonicMs();
      this.#task = new Task({ ...this.#options, lane: this.lane });
      this.#takeovers++;
      try {
        await this.#task.run(signal);
      } catch (error) {
        this.lane.close();
        this.#task = undefined;
        this.#lastError = describeFailure(error);
        const code = error instanceof ConcordError ? error.code : 'unexpected';
        const fatal = !(error instanceof ConcordError) || error.fate === 'fatal';
        // The next owner may have fenced the last commit: then the work is its to do.
        if (signal.aborted && !fatal) return;
        metrics?.failed(stage.name, partition, code);
        if (fatal) throw error;
        if (machineClock.monotonicMs() - startedMs > STEADY_MS) failures = 0;
        const delayMs = this.#backoff(failures++);
        logger[failures > LOUD_FAILURES ? 'warn' : 'info'](
          { partition, reason: this.#lastError, type: protocolErrorOf(error), delayMs },
          'task lost, taking over anew',
        );
        await Promise.all([machineClock.sleep(delayMs, signal), confirmed()]);
      }
    }
  }

  #backoff(failures: number): number {
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
    return ceiling * (0.5 + this.#options.machineClock.random() / 2);
  }
}
