import { cpus } from 'node:os';
import { join } from 'node:path';
import { startPipeline, type Pipeline } from 'concord-cli';
import type { ProcessUsage } from '../harness/process-usage.ts';
import { usageOf } from '../harness/process-usage.ts';
import { Worker } from '../harness/worker.ts';
import { sumMetrics } from './metrics-text.ts';
import type { ConsensusReaderOptions, ConsensusReport } from './reader.ts';

const CONFIG_FILE = join(import.meta.dirname, '../../concord.yaml');
const ANSWER_MS = 5_000;

export interface MeasuredPipelineOptions {
  readonly dir: string;
  /** How many times faster than by default the simulated venues send. */
  readonly rate: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Where the pipeline stands: what each service counted since it started, and what each process used. */
export interface Standing {
  readonly atMs: number;
  /** Ticks the ingestors made of frames. */
  readonly received: number;
  /** Records, markers among them, that the stage folded and committed. */
  readonly validated: number;
  readonly fused: number;
  /** Records waiting before both stages. */
  readonly lag: number;
  /** By process: each service, the parts, `venues`, `reader` and `bench`. */
  readonly usage: ReadonlyMap<string, ProcessUsage>;
  /** CPU time that all cores have spent so far on anything at all. */
  readonly machineCpuMs: number;
}

/** The whole pipeline on simulated venues, each service a process as in production, and a reader of its results. */
export class MeasuredPipeline implements AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly #reader: Worker;

  private constructor(pipeline: Pipeline, reader: Worker) {
    this.pipeline = pipeline;
    this.#reader = reader;
  }

  static async start(options: MeasuredPipelineOptions): Promise<MeasuredPipeline> {
    const { onProgress } = options;
    const pipeline = await startPipeline({
      configFile: CONFIG_FILE,
      mode: 'simulated',
      dir: options.dir,
      rate: options.rate,
      seed: 1,
      signal: options.signal,
      onLine: onProgress,
    });
    try {
      await pipeline.listening;
      const reader: ConsensusReaderOptions = {
        brokers: pipeline.parts.kafkaBrokers,
        registryUrl: pipeline.parts.registryUrl,
        prefix: pipeline.config.topicPrefix,
      };
      return new MeasuredPipeline(
        pipeline,
        await Worker.start(join(import.meta.dirname, 'reader.ts'), reader),
      );
    } catch (error) {
      await pipeline[Symbol.asyncDispose]();
      throw error;
    }
  }

  get brokers(): readonly string[] {
    return this.pipeline.parts.kafkaBrokers;
  }

  readConsensus(): Promise<ConsensusReport> {
    return this.#reader.report();
  }

  async standing(): Promise<Standing> {
    const { pipeline } = this;
    const usage = new Map<string, ProcessUsage>();
    const note = (name: string, pid: number | undefined): void => {
      const used = pid === undefined ? undefined : usageOf(pid);
      if (used !== undefined) usage.set(name, used);
    };
    note('broker', pipeline.parts.brokers[0]?.pid);
    note('registry', pipeline.parts.registry?.pid);
    note('redis', pipeline.parts.redis?.pid);
    note('venues', pipeline.venues?.pid);
    note('reader', this.#reader.pid);
    note('bench', process.pid);
    const services = [...pipeline.services.values()];
    for (const { name, pid } of services) note(name, pid);
    const metrics = await Promise.all(
      services.map(async (service) => [service.name, await scrape(service)] as const),
    );
    const sum = (name: string, of: (service: string) => boolean): number =>
      metrics.reduce((total, [service, sums]) => total + (of(service) ? (sums.get(name) ?? 0) : 0), 0);
    return {
      atMs: performance.now(),
      received: sum('concord_ingestor_records_total', (service) => service.startsWith('ingestor-')),
      validated: sum('concord_records_in_total', (service) => service === 'validator'),
      fused: sum('concord_records_in_total', (service) => service === 'aggregator'),
      lag: sum('concord_lag_records', () => true),
      usage,
      machineCpuMs: machineCpuMs(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
    await this.pipeline[Symbol.asyncDispose]();
  }
}

function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

export async function scrape({ host, port }: { host: string; port: number }): Promise<Map<string, number>> {
  try {
    const answer = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return sumMetrics(await answer.text());
  } catch {
    return new Map();
  }
}
