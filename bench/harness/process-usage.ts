import { readFileSync } from 'node:fs';

/** Clock ticks in which Linux counts a process's time; the same on every machine that Node runs on. */
const TICK_MS = 10;
const KIB_PER_MB = 1024;

export interface ProcessUsage {
  /** CPU time used so far, user and system, all threads. */
  readonly cpuMs: number;
  /** Memory held now, and the most it ever held. */
  readonly residentMb: number;
  readonly peakMb: number;
}

/** What a process has used, from /proc; `undefined` when it is gone or the machine has no /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    return parseUsage(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

export function parseUsage(stat: string, status: string): ProcessUsage {
  // The name in the second field is in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kib = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    residentMb: kib('VmRSS') / KIB_PER_MB,
    peakMb: kib('VmHWM') / KIB_PER_MB,
  };
}
