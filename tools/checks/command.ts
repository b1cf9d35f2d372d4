import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

const OUTPUT_CHARS_MAX = 200_000;
const DEADLINE_MS = 300_000;

export interface CommandOptions {
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** The whole environment of the command; that of this process when absent. */
  readonly environment?: Record<string, string>;
  readonly deadlineMs?: number;
}

export interface CommandResult {
  /** The exit code; `undefined` when it was ended by a signal or could not be started. */
  readonly code: number | undefined;
  /** Both streams in the order they came, without colours, the end of it when it is very long. */
  readonly output: string;
}

/** Runs a program to its end; never rejects. Ended after `deadlineMs` or when `signal` aborts. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { cwd, signal, environment, deadlineMs = DEADLINE_MS } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(environment === undefined ? {} : { env: environment }),
    });
    let output = '';
    const take = (chunk: string): void => {
      output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const end = (): void => void child.kill('SIGKILL');
    const deadline = setTimeout(() => {
      take(`\n${file} had not ended after ${deadlineMs / 1000} s and was stopped\n`);
      end();
    }, deadlineMs);
    const finish = (code: number | null): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', end);
      resolve({ code: code ?? undefined, output: stripVTControlCharacters(output).trim() });
    };
    signal.addEventListener('abort', end, { once: true });
    child.once('error', (error) => {
      take(`${file} could not be started: ${error.message}\n`);
      finish(null);
    });
    child.once('close', finish);
  });
}
