import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConcordError } from '@concord/model';
import { readEnvironment } from '@concord/runtime';
import type { Address } from '@concord/venues';

/** Repository root; all that Concord writes on its own lies in `.concord` under it. */
export const ROOT = join(import.meta.dirname, '../../..');
export const RUN_DIR = resolve(readEnvironment().runDir ?? join(ROOT, '.concord/run'));
export const RUN_FILE = join(RUN_DIR, 'run.json');

export interface ServiceEntry {
  name: string;
  pid: number;
  host: string;
  /** Port of /healthz, /readyz, /metrics and /status. */
  port: number;
}

/** Where everything of the running pipeline listens; written by the launcher, read by the other commands. */
export interface RunState {
  pid: number;
  kafka: string[];
  registry: string;
  redis: string;
  gateway: string | null;
  configFile: string;
  topicPrefix: string;
  venues: Record<string, Address>;
  services: ServiceEntry[];
}

export function writeRunState(state: RunState): void {
  mkdirSync(dirname(RUN_FILE), { recursive: true });
  writeFileSync(`${RUN_FILE}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${RUN_FILE}.new`, RUN_FILE);
}

export function clearRunState(): void {
  rmSync(RUN_FILE, { force: true });
}

/** The running pipeline of this folder, if its launcher is alive. */
export function readRunState(): RunState | undefined {
  let state: RunState;
  try {
    state = JSON.parse(readFileSync(RUN_FILE, 'utf8')) as RunState;
  } catch {
    return undefined;
  }
  return isAlive(state.pid) ? state : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Nothing runs here and no addresses were given. */
export class NotRunningError extends ConcordError {
  constructor() {
    super(
      'not-running',
      'fatal',
      'Concord is not running in this folder. Start it with `npm start`, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to use another one.',
    );
  }
}
