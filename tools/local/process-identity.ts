import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process named so that a later process with the same number is not taken for it: its number and when it started, as the
 * kernel counts it. `guard.sh` writes the same form.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** Field 22 of /proc/PID/stat. The command in field 2 may hold blanks and brackets, so the fields are counted from the last bracket. */
export function startTimeOf(stat: string): string | undefined {
  const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return afterCommand[19];
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** When the process started, or undefined when there is no such process. A zombie counts as gone: it holds no file and no port. */
export function startedAt(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
      if (state === 'Z' || state === 'X') return undefined;
      const started = startTimeOf(stat);
      return started === undefined ? undefined : `${bootId()}:${started}`;
    }
    const line = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' ? undefined : line.replace(/\s+/g, '-');
  } catch {
    return undefined;
  }
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startedAt(process.pid) ?? 'unknown' };
}

/** True while exactly this process lives; a newer process under the same number does not count. */
export function isAlive(identity: ProcessIdentity): boolean {
  const started = startedAt(identity.pid);
  return started !== undefined && started === identity.started;
}

/** Reads `<pid> <started>`; undefined when the text is not that (half-written by a process that died). */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\S+)\s*$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { pid: Number(match[1]), started: match[2] };
}

export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid} ${identity.started}\n`;
}
