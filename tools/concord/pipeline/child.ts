import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { adviceFor, endIn, Ends, type End } from './ends.ts';
import { RestartPace } from './restart-pace.ts';

export interface ChildOptions {
  name: string;
  /** TypeScript entry file. */
  entry: string;
  args?: readonly string[];
  logDir: string;
  /** A line the child wrote at level warn or above, or to standard error. */
  onLine?: (name: string, line: string) => void;
  /** It listens for /healthz and the rest. */
  onListening?: (name: string, address: { pid: number; host: string; port: number }) => void;
  /** It died without being asked to and is started again after `delayMs`. */
  onRestart?: (name: string, code: string, delayMs: number) => void;
  /** It has ended with the same error several times in a row: what a person can do, once. */
  onAdvice?: (text: string) => void;
  /** It ended, asked to or not. */
  onExit?: (code: string) => void;
  /** Whether it is started again when it dies; default true. */
  restart?: boolean;
}

const LOG_BYTES_MAX = 16 << 20;
const STOP_GRACE_MS = 12_000;

/** A service process that is kept alive until it is stopped. Its channel tells it when this process is gone. */
export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  readonly #log: WriteStream;
  #process: ChildProcess | undefined;
  #stopping = false;
  readonly #pace = new RestartPace(performance.now());
  #timer: NodeJS.Timeout | undefined;
  readonly #ends = new Ends();

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = openLog(options.logDir, options.name);
    this.#log.once('error', (error) => this.#goOnWithoutLog(error));
    this.#start();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Messages the child sends over its channel. */
  onMessage(listener: (message: unknown) => void): void {
    this.#process?.on('message', listener);
  }

  #start(): void {
    const { entry, args = [] } = this.#options;
    const child = fork(entry, [...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: serviceNodeFlags(this.name),
    });
    this.#process = child;
    this.#pace.started(performance.now());
    if (!this.#log.destroyed) {
      child.stdout?.pipe(this.#log, { end: false });
      child.stderr?.pipe(this.#log, { end: false });
    }
    forwardLines(child, (line) => this.#options.onLine?.(this.name, line));
    // What it states last in its log counts, or else what it wrote first to standard error.
    let stated: End | undefined;
    splitLines(child.stdout, (line) => (stated = endIn(line) ?? stated));
    splitLines(child.stderr, (message) => (stated ??= { code: undefined, message }));
    child.on('message', (message) => {
      if (isListening(message))
        this.#options.onListening?.(this.name, {
          pid: child.pid ?? 0,
          host: message.host,
          port: message.port,
        });
    });
    child.on('error', (error) => this.#options.onLine?.(this.name, String(error)));
    child.on('exit', (code, signal) => this.#ended(String(signal ?? code)));
    // Its streams are read to the end only now. Who was killed has not said why.
    child.on('close', (_code, signal) => this.#judge(signal === 'SIGKILL' ? undefined : stated));
  }

  /** A full disk must neither end the launcher nor hold up the service, whose output would wait for a log that is written no more. */
  #goOnWithoutLog(error: Error): void {
    for (const output of [this.#process?.stdout, this.#process?.stderr]) output?.unpipe(this.#log).resume();
    this.#options.onLine?.(this.name, `its log is not written any more: ${error.message}`);
  }

  #ended(code: string): void {
    this.#process = undefined;
    this.#options.onExit?.(code);
    if (this.#stopping || this.#options.restart === false) return;
    const { delayMs, ranWell } = this.#pace.ended(performance.now());
    if (ranWell) this.#ends.forget();
    this.#options.onRestart?.(this.name, code, delayMs);
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  #judge(stated: End | undefined): void {
    if (this.#stopping || this.#options.restart === false) return;
    if (!this.#ends.isRepeated(stated) || stated === undefined) return;
    this.#options.onAdvice?.(adviceFor(this.name, stated, logFile(this.#options.logDir, this.name)));
  }

  /** Asks it to drain, waits, and kills it after the grace. Harmless when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await gone;
      clearTimeout(force);
    }
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }
}

/** Megabytes of one half of the young generation. */
const INGESTOR_YOUNG_MB = 2;
const STAGE_YOUNG_MB = 16;

/**
 * How a service's Node is started. Its live data is about 30 MB, but left alone V8 lets garbage grow to 150 MB before it looks: an upper
 * bound, from which V8 derives how much garbage the old generation may gather, keeps a service under 200 MB. What an ingestor makes dies
 * at once, so a small young generation serves it. What a stage makes lives until it is committed: in a small one it would grow old
 * first, and be collected slowly with all the rest, several times in three seconds; every such pause is somebody's latency.
 */
export function serviceNodeFlags(service: string): string[] {
  const isIngestor = service.startsWith('ingestor-');
  return [
    `--max-semi-space-size=${isIngestor ? INGESTOR_YOUNG_MB : STAGE_YOUNG_MB}`,
    // The old generation may double before it is looked at.
    ...(isIngestor ? [] : ['--heap-growing-percent=100']),
    '--max-old-space-size=512',
    // Node's four threads for collecting and compiling, in each of many small processes, would take turns with what everybody waits for.
    '--v8-pool-size=1',
  ];
}

function openLog(dir: string, name: string): WriteStream {
  mkdirSync(dir, { recursive: true });
  const file = logFile(dir, name);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return createWriteStream(file, { flags: 'a' });
}

function logFile(dir: string, name: string): string {
  return join(dir, `${name}.log`);
}

function isListening(message: unknown): message is { type: 'listening'; host: string; port: number } {
  return (
    typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'listening'
  );
}

/** Passes on what an operator must see: warnings and worse of the JSON log, and all of standard error. */
function forwardLines(child: ChildProcess, onLine: (line: string) => void): void {
  splitLines(child.stdout, (line) => {
    const text = readableWarning(line);
    if (text !== undefined) onLine(text);
  });
  splitLines(child.stderr, onLine);
}

const LINE_MAX = 64_000;

function splitLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_MAX);
    for (const line of lines) if (line.trim() !== '') onLine(line);
  });
}

function readableWarning(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
    return level === 'warn' || level === 'error' || level === 'fatal'
      ? `${level}: ${msg ?? line}`
      : undefined;
  } catch {
    return line;
  }
}
