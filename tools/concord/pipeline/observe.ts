import type { RunnerStatus } from '@concord/kafka';
import type { HealthPart } from '@concord/runtime';
import type { IngestorStatus } from '@concord/sources';
import type { ServiceEntry } from './run-state.ts';
import type { ServiceRow } from './view.ts';

/** What one service said of itself; `undefined` when it did not answer in time. */
export interface ServiceObservation {
  entry: ServiceEntry;
  ready: boolean;
  /** What it waits for while it is not ready: part and detail. */
  waitsFor: readonly string[];
  status: IngestorStatus | RunnerStatus | undefined;
}

/** Body of /readyz. */
interface HealthAnswer {
  readonly parts: Readonly<Record<string, HealthPart>>;
}

const ANSWER_MS = 800;

/** Place of a service on a tick's way: ingestors, validator, aggregator, whatever reads them. */
function order(name: string): number {
  if (name.startsWith('ingestor-')) return 0;
  return name === 'validator' ? 1 : name === 'aggregator' ? 2 : 3;
}

/** Asks every service for its state, at the same time. */
export function observeServices(entries: Iterable<ServiceEntry>): Promise<ServiceObservation[]> {
  const sorted = [...entries].sort((a, b) => order(a.name) - order(b.name) || (a.name < b.name ? -1 : 1));
  return Promise.all(sorted.map(observe));
}

async function observe(entry: ServiceEntry): Promise<ServiceObservation> {
  const base = `http://${entry.host}:${entry.port}`;
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const [ready, status] = await Promise.all([
      fetch(`${base}/readyz`, { signal }),
      fetch(`${base}/status`, { signal }),
    ]);
    const health = (await ready.json()) as HealthAnswer;
    return {
      entry,
      ready: ready.ok,
      waitsFor: Object.entries(health.parts).flatMap(([part, { ok, detail }]) =>
        ok ? [] : [detail === '' ? part : `${part}: ${detail}`],
      ),
      status: status.ok ? ((await status.json()) as IngestorStatus | RunnerStatus) : undefined,
    };
  } catch {
    return { entry, ready: false, waitsFor: [], status: undefined };
  }
}

export function isStage(status: ServiceObservation['status']): status is RunnerStatus {
  return status !== undefined && 'stage' in status;
}

export function isIngestor(status: ServiceObservation['status']): status is IngestorStatus {
  return status !== undefined && 'source' in status;
}

/** Records of the log not yet folded and committed, over all tasks. */
export function lagOf(status: RunnerStatus): number {
  return status.tasks.reduce((sum, task) => sum + Object.values(task.lag).reduce((a, b) => a + b, 0), 0);
}

/** Lag over all stages; null while a service does not say how it is, which may be one of them. */
export function totalLag(observations: readonly ServiceObservation[]): number | null {
  if (observations.some(({ status }) => status === undefined)) return null;
  return observations.reduce((sum, { status }) => sum + (isStage(status) ? lagOf(status) : 0), 0);
}

/** Ticks received so far per instrument, over all sources. */
export function ticksOf(observations: readonly ServiceObservation[]): Map<string, number> {
  const ticks = new Map<string, number>();
  for (const { status } of observations) {
    if (!isIngestor(status)) continue;
    for (const [id, kinds] of Object.entries(status.instruments)) {
      const count = Object.values(kinds).reduce((sum, value) => sum + value, 0);
      ticks.set(id, (ticks.get(id) ?? 0) + count);
    }
  }
  return ticks;
}

/** One line for each service. */
export function serviceRows(observations: readonly ServiceObservation[]): ServiceRow[] {
  return observations.map(({ entry, ready, waitsFor, status }) => ({
    name: entry.name,
    state: ready ? 'ready' : 'waiting',
    detail: [detailOf(status), ...waitsFor].join('; '),
  }));
}

function detailOf(status: ServiceObservation['status']): string {
  if (isStage(status)) {
    const tasks = status.tasks.map((task) => `${task.partition} ${task.state}`).join(', ');
    return `lag ${lagOf(status)} records, tasks ${tasks || 'none'}`;
  }
  if (isIngestor(status)) {
    return `${status.state}, queued ${status.queued}, refused ${status.refused}, dropped ${status.dropped}, gaps ${status.gaps}, reconnects ${status.reconnects}`;
  }
  return 'no answer';
}
