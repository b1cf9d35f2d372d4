import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@concord/testkit';
import { serviceNodeFlags } from 'concord-cli';
import type { PipelineRun } from './pipeline-run.ts';

/** One more replica of a venue's ingestor, in a process of its own. */
class Replica implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  #url = '';

  constructor(venue: string, name: string, configFile: string) {
    this.name = name;
    const entry = join(import.meta.dirname, '../services', `ingestor-${venue}`, 'src/main.ts');
    this.#child = fork(entry, ['--config', configFile], {
      env: { CONCORD_REPLICA: name },
      execArgv: serviceNodeFlags(`ingestor-${venue}`),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => {
      const { host, port } = message as { host?: string; port?: number };
      if (port !== undefined) this.#url = `http://${host}:${port}/status`;
    });
  }

  get status(): Promise<Status | undefined> {
    return statusAt(this.#url);
  }

  /** SIGKILL: nothing is said to anybody. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}

interface Status {
  readonly state: string;
  readonly instruments: Readonly<Record<string, unknown>>;
}

async function statusAt(url: string): Promise<Status | undefined> {
  try {
    return (await (await fetch(url)).json()) as Status;
  } catch {
    return undefined;
  }
}

/** The ingestor of a venue that the pipeline itself has started, and those that were added. */
export class Fleet {
  readonly #run: PipelineRun;
  readonly #venue: string;
  readonly replicas: Replica[] = [];

  constructor(run: PipelineRun, venue: string) {
    this.#run = run;
    this.#venue = venue;
  }

  start(name: string): Replica {
    const replica = new Replica(this.#venue, name, this.#run.pipeline.configFile);
    this.replicas.push(replica);
    return replica;
  }

  forget(replica: Replica): void {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
  }

  /** Waits until the replicas serve so many instruments each, in any order, and all are live. */
  async sharing(counts: readonly number[], deadlineMs: number): Promise<void> {
    const wanted = counts.toSorted((a, b) => a - b).join(' ');
    let seen = '';
    const shared = async (): Promise<boolean> => {
      const own = this.#run.pipeline.services.get(`ingestor-${this.#venue}`);
      const statuses = await Promise.all([
        statusAt(`http://${own?.host}:${own?.port}/status`),
        ...this.replicas.map(({ status }) => status),
      ]);
      const live = statuses.filter((status) => status?.state === 'LIVE');
      seen = live
        .map((status) => Object.keys(status?.instruments ?? {}).length)
        .sort((a, b) => a - b)
        .join(' ');
      return seen === wanted;
    };
    const told = (): string => `they are shared as ${seen}`;
    await until(`instruments shared as ${wanted}`, shared, { everyMs: 200, withinMs: deadlineMs, told });
  }
}
