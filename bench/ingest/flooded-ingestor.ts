import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPipeline, type Pipeline } from 'concord-cli';
import type { Admin } from 'kafkajs';
import { stringify } from 'yaml';
import { usageOf, type ProcessUsage } from '../harness/process-usage.ts';
import type { ScenarioContext } from '../harness/scenario.ts';
import { Worker } from '../harness/worker.ts';
import { scrape } from '../pipeline/measured-pipeline.ts';
import { plainKafka } from '../relay/kafka.ts';
import type { FirehoseOptions, FirehoseReport } from './firehose.ts';

const INGESTOR = 'ingestor-binance';
const SYMBOLS = 10;
const NOTHING: ProcessUsage = { cpuMs: NaN, residentMb: NaN, peakMb: NaN };

/** One ingestor process on a firehose of ten instruments, with a broker and nothing behind it. */
export class FloodedIngestor implements AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly #stack: AsyncDisposableStack;
  readonly #admin: Admin;

  private constructor(pipeline: Pipeline, admin: Admin, stack: AsyncDisposableStack) {
    this.pipeline = pipeline;
    this.#admin = admin;
    this.#stack = stack;
  }

  /** `perSecond` frames are offered. */
  static async start(context: ScenarioContext, folder: string, perSecond: number): Promise<FloodedIngestor> {
    const { signal } = context;
    const dir = join(context.dir, folder);
    mkdirSync(dir, { recursive: true });
    await using stack = new AsyncDisposableStack();
    const options: FirehoseOptions = { perSecond };
    const firehose = stack.use(await Worker.start(join(import.meta.dirname, 'firehose.ts'), options));
    const configFile = join(dir, 'concord.yaml');
    writeFileSync(configFile, stringify(configOf((await firehose.report<FirehoseReport>()).wsUrl)));
    const pipeline = stack.use(
      await startPipeline({ configFile, mode: 'live', dir: join(dir, 'run'), signal }),
    );
    await pipeline.listening;
    const others = pipeline.children.filter(({ name }) => name !== INGESTOR);
    await Promise.all(others.map((child) => child.stop()));
    const admin = plainKafka(pipeline.parts.kafkaBrokers, 'bench').admin();
    await admin.connect();
    stack.defer(() => admin.disconnect());
    return new FloodedIngestor(pipeline, admin, stack.move());
  }

  /** Records that stand in the raw topics. */
  async written(): Promise<number> {
    const topics = ['raw.trades', 'raw.quotes'].map((topic) => this.pipeline.config.topicPrefix + topic);
    const offsets = await Promise.all(topics.map((topic) => this.#admin.fetchTopicOffsets(topic)));
    return offsets.flat().reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** Of the ingestor's process. */
  usage(): ProcessUsage {
    return usageOf(this.pipeline.services.get(INGESTOR)?.pid ?? 0) ?? NOTHING;
  }

  /** What the process holds, for people. */
  async memory(): Promise<string> {
    const service = this.pipeline.services.get(INGESTOR);
    const sums = service === undefined ? undefined : await scrape(service);
    const mb = (name: string): number => Math.round((sums?.get(name) ?? NaN) / 1_048_576);
    const heap = `heap ${mb('nodejs_heap_size_used_bytes')} of ${mb('nodejs_heap_size_total_bytes')} MB`;
    return `${heap}, external ${mb('nodejs_external_memory_bytes')} MB, resident ${mb('process_resident_memory_bytes')} MB`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function configOf(wsUrl: string): unknown {
  return {
    partitions: 2,
    venues: {
      binance: { wsUrl, restUrl: wsUrl.replace(/^ws/, 'http'), kinds: ['trades', 'quotes'] },
    },
    instruments: Array.from({ length: SYMBOLS }, (_, index) => ({
      id: `C${index}-USDT`,
      base: `C${index}`,
      quote: 'USDT',
      partition: index % 2,
      priceScale: 2,
      venues: { binance: { symbol: `C${index}USDT` } },
    })),
  };
}
