import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalPartsError } from './errors.ts';
import { parseIdentity } from './process-identity.ts';

/** A running broker, registry or Redis on this machine. */
export interface Part {
  readonly name: string;
  /** The part's own process, not its guard's; another one after a restart. */
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process that runs now is gone, asked to or not; resolved where none runs. */
  readonly ended: Promise<void>;
  /** Ends it at once (SIGKILL) and resolves when it is gone. */
  kill(): Promise<void>;
  /** Lets it end by itself (SIGTERM), kills it after the grace (10 s), resolves when it is gone. Harmless when it is not running. */
  stop(graceMs?: number): Promise<void>;
  /** SIGSTOP: its sockets stay open and say nothing. */
  pause(): void;
  resume(): void;
  /** Stops it when it runs, then starts it on the same port with the same data and resolves when it is ready. */
  restart(signal?: AbortSignal): Promise<void>;
}

export interface PartPlan {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly port: number;
  /** Where its identity, its output and its data go. */
  readonly dir: string;
  /** Resolves true when it answers as a client needs it. */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

const STOP_GRACE_MS = 10_000;
/** How long a part may take to end after its owner vanished. */
const ORPHAN_GRACE_TENTHS = 30;
const LOG_BYTES_MAX = 1 << 20;
const guardScript = join(import.meta.dirname, 'guard.sh');

/** One process under its guard; a part makes a new one for each start. */
interface Guarded {
  readonly pid: number;
  readonly guard: ChildProcess;
  readonly ended: Promise<void>;
}

export async function startPart(plan: PartPlan, signal?: AbortSignal): Promise<Part> {
  const part = new GuardedPart(plan);
  await part.start(signal);
  return part;
}

class GuardedPart implements Part {
  readonly name: string;
  readonly port: number;
  readonly #plan: PartPlan;
  #current: Guarded | undefined;

  constructor(plan: PartPlan) {
    this.#plan = plan;
    this.name = plan.name;
    this.port = plan.port;
  }

  get pid(): number {
    return this.#running()?.pid ?? 0;
  }

  get ended(): Promise<void> {
    return this.#running()?.ended ?? Promise.resolve();
  }

  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const current = await spawnGuarded(this.#plan);
    this.#current = current;
    try {
      await this.#untilReady(current, signal);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async kill(): Promise<void> {
    const current = this.#running();
    if (current === undefined) return;
    signalTo(current, 'SIGKILL');
    await current.ended;
  }

  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    const current = this.#running();
    if (current === undefined) return;
    signalTo(current, 'SIGCONT');
    signalTo(current, 'SIGTERM');
    const grace = new AbortController();
    const force = delay(graceMs, undefined, { signal: grace.signal, ref: false })
      .then(() => signalTo(current, 'SIGKILL'))
      .catch(() => undefined);
    await current.ended;
    grace.abort();
    await force;
  }

  pause(): void {
    const current = this.#running();
    if (current !== undefined) signalTo(current, 'SIGSTOP');
  }

  resume(): void {
    const current = this.#running();
    if (current !== undefined) signalTo(current, 'SIGCONT');
  }

  async restart(signal?: AbortSignal): Promise<void> {
    await this.stop();
    await this.start(signal);
  }

  #running(): Guarded | undefined {
    const current = this.#current;
    return current === undefined || hasEnded(current.guard) ? undefined : current;
  }

  async #untilReady(current: Guarded, signal?: AbortSignal): Promise<void> {
    const { name, ready, readyTimeoutMs, dir } = this.#plan;
    const deadline = AbortSignal.timeout(readyTimeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    while (!(await ready(either))) {
      signal?.throwIfAborted();
      const log = join(dir, 'logs');
      if (hasEnded(current.guard)) {
        throw new LocalPartsError(
          'PART_NOT_STARTED',
          `${name} ended while it started (exit code ${current.guard.exitCode ?? 'unknown'}); see ${log}`,
        );
      }
      if (deadline.aborted) {
        throw new LocalPartsError(
          'PART_NOT_STARTED',
          `${name} was not ready within ${readyTimeoutMs / 1_000} s; see ${log}`,
        );
      }
      await delay(25);
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalTo(current: Guarded, signal: NodeJS.Signals): void {
  // The guard outlives its part by a moment only, so while the guard runs the number can't belong to another process yet.
  if (hasEnded(current.guard)) return;
  try {
    process.kill(current.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function spawnGuarded(plan: PartPlan): Promise<Guarded> {
  const identityFile = join(plan.dir, 'parts', `${plan.name}.pid`);
  mkdirSync(dirname(identityFile), { recursive: true });
  const log = openLog(join(plan.dir, 'logs', `${plan.name}.log`));
  const guard = spawn(
    '/bin/sh',
    [guardScript, String(ORPHAN_GRACE_TENTHS), identityFile, plan.program, ...plan.args],
    {
      cwd: plan.dir,
      // A session of its own: Ctrl-C in the terminal is for the owner, which stops the parts last.
      detached: true,
      env: { ...process.env, ...plan.env },
      stdio: ['pipe', log, log, 'pipe'],
    },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    guard.once('exit', () => resolve());
    guard.once('error', () => resolve());
  });
  const report = guard.stdio[3];
  if (report === null || report === undefined || !('setEncoding' in report)) {
    throw new LocalPartsError('PART_NOT_STARTED', `the guard of ${plan.name} has no report pipe`);
  }
  let text = '';
  report.setEncoding('utf8');
  for await (const chunk of report) text += String(chunk);
  const identity = parseIdentity(text);
  if (identity === undefined) {
    throw new LocalPartsError('PART_NOT_STARTED', `${plan.name} could not be started: ${text.trim()}`);
  }
  return { pid: identity.pid, guard, ended };
}

/** Opens a log for appending; one that has grown past the limit becomes `<name>.1` first. */
function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) {
    rmSync(`${path}.1`, { force: true });
    renameSync(path, `${path}.1`);
  }
  return openSync(path, 'a');
}
