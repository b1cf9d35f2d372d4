import { runStage, type RunnerStatus, type RunStageOptions } from '@concord/kafka';
import { clock, logger, until, type Arena } from './arena.ts';
import { sumsStage } from './sums-stage.ts';

/** A replica of the test stage within this process. */
export class StartedRunner implements AsyncDisposable {
  readonly #ended = new AbortController();
  readonly #runner: ReturnType<typeof runStage>;
  /** Resolves when drained; rejects with what stopped the stage. */
  readonly done: Promise<void>;
  #failed = false;
  /** Commits and lost tenures so far, by the error's code. */
  commits = 0;
  /** Commits that held a snapshot. */
  snapshots = 0;
  readonly losses: string[] = [];

  constructor(arena: Arena, options: Partial<RunStageOptions> = {}) {
    this.#runner = runStage({
      kafka: arena.kafka,
      stage: sumsStage(),
      prefix: arena.prefix,
      partitions: arena.partitions,
      clock,
      logger,
      sessionTimeoutMs: 6_000,
      snapshotEveryMs: 300,
      metrics: {
        committed: (_stage, _partition, { stateBytes }) => {
          this.commits++;
          if (stateBytes > 0) this.snapshots++;
        },
        takeover: () => undefined,
        failed: (_stage, _partition, code) => this.losses.push(code),
        lag: () => undefined,
      },
      ...options,
    });
    this.done = this.#runner.run(this.#ended.signal);
    // A failure is for whoever awaits `done`.
    this.done.catch(() => (this.#failed = true));
  }

  get status(): RunnerStatus {
    return this.#runner.status();
  }

  /** Partitions whose task runs here. */
  get running(): number[] {
    return this.status.tasks.filter(({ state }) => state === 'running').map(({ partition }) => partition);
  }

  /** Takeovers of the tasks that are here now. */
  get takeovers(): number {
    return this.status.tasks.reduce((sum, task) => sum + task.takeovers, 0);
  }

  async untilRunning(tasks: number): Promise<void> {
    try {
      await until(`${tasks} tasks running`, () => {
        if (this.#failed) throw new Error('the stage has stopped');
        return this.running.length === tasks;
      });
    } catch (error) {
      throw new Error(`The runner came to ${JSON.stringify(this.status)}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.done.catch(() => undefined);
  }
}
