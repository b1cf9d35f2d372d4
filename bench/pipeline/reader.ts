import { createCodec, type Codec } from '@concord/codec';
import { readCommitted, type CommittedReader, type InputRecord } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import { serveWorker, type Work } from '../harness/worker.ts';

export interface ConsensusReaderOptions {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly prefix: string;
}

export interface ConsensusReport {
  readonly read: number;
  /**
   * Time from the arrival of a frame to the reading of the committed value that it caused, for each such value read since the last
   * report; at most `AGES_MAX` of them. What the passing of time caused (heartbeats) has no frame and is left out.
   */
  readonly agesMs: readonly number[];
}

const AGES_MAX = 200_000;

/** Reads consensus quotes and trades as any read-committed consumer does. */
class ConsensusReader implements Work {
  readonly #clock = new SystemClock();
  readonly #reader: CommittedReader;
  readonly #codec: Codec;
  readonly #reading: Promise<void>;
  #read = 0;
  #agesMs: number[] = [];

  private constructor(reader: CommittedReader, codec: Codec) {
    this.#reader = reader;
    this.#codec = codec;
    this.#reading = this.#run();
  }

  static async start({ brokers, registryUrl, prefix }: ConsensusReaderOptions): Promise<ConsensusReader> {
    const clock = new SystemClock();
    const codec = await createCodec({ registry: registryUrl, prefix, clock });
    const reader = await readCommitted({
      kafka: { brokers, clientId: 'bench' },
      topics: ['consensus.quotes', 'consensus.trades'],
      prefix,
      logger: createLogger({ name: 'bench', level: 'fatal', clock }),
      from: 'end',
    });
    return new ConsensusReader(reader, codec);
  }

  report(): ConsensusReport {
    const agesMs = this.#agesMs;
    this.#agesMs = [];
    return { read: this.#read, agesMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
    await this.#reading;
  }

  async #run(): Promise<void> {
    for await (const record of this.#reader) {
      const nowMicros = this.#clock.nowMicros();
      this.#read += 1;
      const caused = this.#cause(record);
      if (caused != null && this.#agesMs.length < AGES_MAX) this.#agesMs.push((nowMicros - caused) / 1000);
    }
  }

  #cause({ topic, value }: InputRecord): number | null | undefined {
    if (value === null) return undefined;
    const decoded = this.#codec.decode(topic === 'consensus.quotes' ? topic : 'consensus.trades', value);
    return decoded.ok ? decoded.value.triggerReceiveTime : undefined;
  }
}

serveWorker(ConsensusReader.start);
