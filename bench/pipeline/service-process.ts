import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNodeFlags } from 'concord-cli';

const SERVICES = join(import.meta.dirname, '../../services');
const STOP_GRACE_MS = 15_000;

/** One service started by hand, as the launcher starts it. */
export class ServiceProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly address: Promise<{
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly pid: number;
  }>;

  constructor(name: string, configFile: string, logFile: string) {
    this.name = name;
    const log = openSync(logFile, 'a');
    this.#child = fork(join(SERVICES, name, 'src/main.ts'), ['--config', configFile], {
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: serviceNodeFlags(name),
    });
    closeSync(log);
    this.#gone = once(this.#child, 'exit');
    const listening = Promise.withResolvers<{ name: string; host: string; port: number; pid: number }>();
    this.address = listening.promise;
    this.#child.on('message', (message: { type?: string; host?: string; port?: number }) => {
      const { type, host, port } = message;
      if (type !== 'listening' || host === undefined || port === undefined) return;
      listening.resolve({ name, host, port, pid: this.pid });
    });
    void this.#gone.then(() => listening.reject(new Error(`${name} ended; see ${logFile}`)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.address.catch(() => undefined);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    this.#child.kill('SIGTERM');
    await this.#gone;
    clearTimeout(force);
  }
}
