import { fork, type ChildProcess } from 'node:child_process';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const STOP_GRACE_MS = 5_000;
const ANSWER_MS = 60_000;

/** A process of the benchmark's own. It ends with this one, whichever way. */
export class Worker implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #gone: Promise<void>;
  #nextId = 0;

  private constructor(entry: string) {
    this.#child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#gone = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.on('message', (answer: Answer) => this.#settle(answer));
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${entry} ended with code ${code}`));
    });
  }

  /** Starts `entry`, a module that calls `serveWorker`, and resolves when it is ready. */
  static async start(entry: string, options: unknown): Promise<Worker> {
    const worker = new Worker(entry);
    try {
      await worker.#ask('start', options);
      return worker;
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the worker says of itself now. The caller knows its type: both ends are files of one folder. */
  async report<Report>(): Promise<Report> {
    return (await this.#ask('report')) as Report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone;
    clearTimeout(force);
  }

  #ask(what: 'start' | 'report', options?: unknown): Promise<unknown> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, what, options });
    const late = setTimeout(
      () => waiting.reject(new Error(`no answer to "${what}" in ${ANSWER_MS / 1000} s`)),
      ANSWER_MS,
    );
    return waiting.promise.finally(() => clearTimeout(late));
  }

  #settle({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}

export interface Work extends AsyncDisposable {
  report(): unknown;
}

/** The other end: called once by a worker's module. The work is stopped when the process that started it lets go. */
export function serveWorker<Options>(start: (options: Options) => Promise<Work>): void {
  let work: Work | undefined;
  const answer = async (id: number, run: () => unknown): Promise<void> => {
    try {
      process.send?.({ id, value: await run() });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', ({ id, what, options }: { id: number; what: string; options: Options }) => {
    void answer(id, async () => {
      if (what === 'start') work = await start(options);
      return what === 'report' ? work?.report() : null;
    });
  });
  process.once('disconnect', () => {
    void Promise.resolve(work?.[Symbol.asyncDispose]()).finally(() => process.exit(0));
  });
  // A terminal sends its Ctrl-C to every process; the one that started this decides.
  process.on('SIGINT', () => undefined);
}
