import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../harness/poll.ts';
import { usageOf } from '../harness/process-usage.ts';
import { middleRate, type Point } from '../harness/statistics.ts';
import { Worker } from '../harness/worker.ts';
import type { HopOptions } from './hop.ts';
import { plainKafka } from './kafka.ts';
import type { ReaderOptions, ReaderReport } from './reader.ts';
import type { SourceOptions } from './source.ts';

export type RelayMode = HopOptions['mode'];

export interface RelayOptions {
  readonly brokers: readonly string[];
  readonly mode: RelayMode;
  /** Where the relay begins; two hops follow, each into topics of its own. */
  readonly inputs: readonly string[];
  readonly partitions: number;
  readonly signal: AbortSignal;
}

export interface DrainResult {
  readonly recordsPerSecond: number;
  /** CPU time of each hop for each record. */
  readonly cpuMicros: readonly number[];
}

let runs = 0;

/** Two hops and a reader at their end, each a process. */
class Relay implements AsyncDisposable {
  readonly hops: readonly Worker[];
  readonly reader: Worker;

  private constructor(hops: readonly Worker[], reader: Worker) {
    this.hops = hops;
    this.reader = reader;
  }

  static async start({ brokers, mode, inputs, partitions }: RelayOptions): Promise<Relay> {
    const name = `relay-${(runs += 1)}-${mode}`;
    const stages = [0, 1, 2].map((stage) =>
      inputs.map((topic) => (stage === 0 ? topic : `${name}.${stage}.${topic}`)),
    );
    await createTopics(brokers, stages.slice(1).flat(), partitions);
    const reader: ReaderOptions = {
      brokers,
      group: `${name}-reader`,
      topics: stages[2] ?? [],
      readUncommitted: mode === 'plain',
    };
    const hop = (from: number): HopOptions => {
      const targets = stages[from + 1] ?? [];
      const routes = Object.fromEntries(
        (stages[from] ?? []).map((topic, index) => [topic, targets[index] ?? '']),
      );
      return { brokers, mode, group: `${name}-hop-${from}`, routes };
    };
    const started = await Promise.allSettled([
      startWorker('reader', reader),
      startWorker('hop', hop(0)),
      startWorker('hop', hop(1)),
    ]);
    const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const [last, ...hops] = workers;
    if (last !== undefined && hops.length === 2) return new Relay(hops, last);
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    throw new Error('The relay did not start', {
      cause: started.find(({ status }) => status === 'rejected'),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.hops, this.reader].map((worker) => worker[Symbol.asyncDispose]()));
  }
}

/** Relays the `total` records that stand in the inputs already. */
export async function drainRelay(options: RelayOptions, total: number): Promise<DrainResult> {
  await using relay = await Relay.start(options);
  const startMs = performance.now();
  const points: Point[] = [];
  const look = async (): Promise<true | undefined> => {
    const { read } = await relay.reader.report<ReaderReport>();
    points.push({ x: performance.now() - startMs, y: read });
    return read >= total ? true : undefined;
  };
  await pollUntil(`${total} records relayed`, look, { signal: options.signal, everyMs: 100 });
  const cpuMicros = relay.hops.map(({ pid }) => ((usageOf(pid)?.cpuMs ?? NaN) * 1000) / total);
  return { recordsPerSecond: middleRate(points), cpuMicros };
}

/** Ages, on arrival at the end, of records written at a steady rate. */
export async function measureAges(
  options: RelayOptions,
  source: Pick<SourceOptions, 'rate' | 'values'>,
  time: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<readonly number[]> {
  const { brokers, inputs, partitions, signal } = options;
  await using relay = await Relay.start(options);
  await using _source = await startWorker('source', {
    brokers,
    topic: inputs[0] ?? '',
    partitions,
    ...source,
  });
  await delay(time.warmUpMs, undefined, { signal });
  await relay.reader.report();
  await delay(time.measureMs, undefined, { signal });
  return (await relay.reader.report<ReaderReport>()).agesMs;
}

/** Writes `total` records and ends when they are there. */
export async function fill(
  options: SourceOptions & { readonly total: number },
  signal: AbortSignal,
): Promise<void> {
  await using source = await startWorker('source', options);
  const look = async (): Promise<true | undefined> => {
    const { sent } = await source.report<{ sent: number }>();
    return sent >= options.total ? true : undefined;
  };
  await pollUntil(`${options.total} records written`, look, { signal });
}

export async function createTopics(
  brokers: readonly string[],
  topics: readonly string[],
  partitions: number,
): Promise<void> {
  const admin = plainKafka(brokers, 'bench').admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: partitions })) });
  } finally {
    await admin.disconnect();
  }
}

function startWorker(name: 'hop', options: HopOptions): Promise<Worker>;
function startWorker(name: 'reader', options: ReaderOptions): Promise<Worker>;
function startWorker(name: 'source', options: SourceOptions): Promise<Worker>;
function startWorker(name: string, options: unknown): Promise<Worker> {
  return Worker.start(join(import.meta.dirname, `${name}.ts`), options);
}
