import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RunnerStatus } from '@concord/kafka';
import type { Arena } from './arena.ts';
import { until } from './arena.ts';
import type { ReplicaArguments } from './replica-main.ts';

/** A replica of the test stage in its own process. */
export class Replica implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #status: RunnerStatus | undefined;

  constructor(arena: Arena, options: Partial<ReplicaArguments> = {}) {
    const all: ReplicaArguments = {
      brokers: [...arena.kafka.brokers],
      prefix: arena.prefix,
      partitions: arena.partitions,
      sessionTimeoutMs: 6_000,
      snapshotEveryMs: 300,
      ...options,
    };
    const script = new URL('replica-main.ts', import.meta.url).pathname;
    this.#child = fork(script, [JSON.stringify(all)]);
    this.#child.on('message', (status) => (this.#status = status as RunnerStatus));
    this.#exit = once(this.#child, 'exit');
  }

  /** As last reported by the process; old while it is stopped. */
  get status(): RunnerStatus | undefined {
    return this.#status;
  }

  get running(): number {
    return this.#status?.tasks.filter(({ state }) => state === 'running').length ?? 0;
  }

  async untilRunning(tasks: number): Promise<void> {
    await until(`${tasks} tasks running`, () => this.running === tasks);
  }

  /** SIGKILL: no handler runs, nothing is said to anybody. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Drains, and resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.connected) this.#child.send('stop');
    await this.#exit;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGCONT');
      await this.kill();
    }
  }
}
