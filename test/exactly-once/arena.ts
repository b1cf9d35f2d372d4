import {
  createKafka,
  ensureTopics,
  RawProducer,
  readCommitted,
  type InputRecord,
  type KafkaClient,
  type KafkaConnection,
  type OutputRecord,
} from '@concord/kafka';
import { createLogger, SystemClock, type Logger } from '@concord/runtime';
import { ManualClock, PATIENCE_MS, until as waitUntil } from '@concord/testkit';
import type { Admin } from 'kafkajs';
import { inject } from 'vitest';
import { INPUTS, outputOf, SumsFold } from './sums-stage.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How many times as long the fault tests run; 1 unless provided. */
    faultRounds?: number;
  }
}

export const clock = new SystemClock();

/** The newest lines of this process's replicas: what a wait that fails shows. */
const told: string[] = [];
const TOLD_MAX = 300;
export const logger: Logger = createLogger({
  name: 'test',
  level: 'debug',
  clock,
  destination: {
    write(line) {
      if (told.push(line) > TOLD_MAX) told.shift();
    },
  },
});

/** How many times as long as usual the fault tests shall run. */
export function faultRounds(): number {
  return inject('faultRounds') ?? 1;
}

/** A new seed, printed so that a failure can be looked at again, and its numbers in [0, 1). */
export function seededChance(): { seed: number; random: () => number } {
  const seed = Math.floor(clock.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  const chance = new ManualClock({ seed });
  return { seed, random: () => chance.random() };
}

let arenas = 0;

/** Topics of their own for one test, a feeder that is not disturbed, and the judgement of what came out. */
export class Arena implements AsyncDisposable {
  readonly prefix: string;
  readonly kafka: KafkaConnection;
  readonly partitions: number;
  readonly admin: Admin;
  readonly #client: KafkaClient;
  readonly #feeder: RawProducer;
  readonly #ended = new AbortController();
  readonly #feeding: Promise<void>;
  fed = 0;

  private constructor(kafka: KafkaConnection, partitions: number) {
    this.kafka = kafka;
    this.partitions = partitions;
    this.prefix = `eo-${process.pid}-${Date.now()}-${arenas++}.`;
    this.#client = createKafka(kafka, logger);
    this.admin = this.#client.kafka.admin();
    this.#feeder = new RawProducer({ kafka, prefix: this.prefix, logger });
    this.#feeding = this.#feeder.run(this.#ended.signal);
  }

  static async create(kafka: KafkaConnection, partitions: number, replication = 1): Promise<Arena> {
    const arena = new Arena(kafka, partitions);
    await arena.admin.connect();
    const durable = replication >= 3 ? { 'min.insync.replicas': '2' } : {};
    const spec = (topic: string, settings: Record<string, string> = {}) => ({
      topic: arena.prefix + topic,
      partitions,
      replication,
      settings: { ...durable, ...settings },
    });
    await ensureTopics(arena.admin, [
      ...INPUTS.flatMap((input) => [spec(input), spec(outputOf(input))]),
      // Segments that are rolled and compacted within a test's time.
      spec('state.sums', {
        'cleanup.policy': 'compact',
        'segment.bytes': '1048576',
        'min.cleanable.dirty.ratio': '0.01',
        'delete.retention.ms': '100',
      }),
      spec('checkpoints.sums'),
    ]);
    return arena;
  }

  /** Publishes `count` more numbered records, spread over inputs, partitions and 20 keys. */
  feed(count: number, partition?: number): void {
    for (let i = 0; i < count; i++) {
      const n = this.fed++;
      const key = n % 400 === 399 ? 'big' : `key-${n % 20}`;
      // A zero deletes the key's state.
      const value = Buffer.from(String(n % 97 === 96 ? 0 : n));
      this.#feeder.publish({
        topic: INPUTS[n % 2] as string,
        partition: partition ?? (n >> 1) % this.partitions,
        key,
        value,
        timestampMs: clock.nowMs(),
      });
    }
  }

  /** Publishes at `perSecond` for `ms`. */
  async feedFor(ms: number, perSecond: number): Promise<void> {
    const startMs = clock.monotonicMs();
    const before = this.fed;
    for (let passedMs = 0; passedMs < ms; passedMs = clock.monotonicMs() - startMs) {
      this.feed(Math.floor((passedMs / 1_000) * perSecond) - (this.fed - before));
      await clock.sleep(5);
    }
    await this.#feeder.flush();
  }

  flush(): Promise<void> {
    return this.#feeder.flush();
  }

  /** Makes a topic anew, empty. */
  async recreate(name: string): Promise<void> {
    const topic = this.prefix + name;
    await this.admin.deleteTopics({ topics: [topic] });
    // A deletion is answered before it is done.
    await until(`${topic} is made anew`, async () => {
      try {
        const topics = [{ topic, numPartitions: this.partitions, replicationFactor: 1 }];
        return await this.admin.createTopics({ topics, waitForLeaders: true });
      } catch {
        return false;
      }
    });
  }

  /** Everything in `topics` that a read-committed consumer sees now, in order per topic and partition. */
  async read(topics: readonly string[]): Promise<Map<string, InputRecord[]>> {
    const found = new Map<string, InputRecord[]>();
    const reader = await readCommitted({
      kafka: this.kafka,
      prefix: this.prefix,
      topics,
      from: 'beginning',
      until: 'end',
      logger,
    });
    for await (const record of reader) {
      const place = `${record.topic}[${record.partition}]`;
      const records = found.get(place);
      if (records === undefined) found.set(place, [record]);
      else records.push(record);
    }
    return found;
  }

  /** One line per output that an undisturbed fold of what is in the input topics gives. */
  async expected(): Promise<Map<string, string[]>> {
    const lines = new Map<string, string[]>();
    for (const [place, records] of await this.read(INPUTS)) {
      const fold = new SumsFold(records[0]?.topic ?? '');
      const outputs: string[] = [];
      for (const record of records) fold.apply(record, (output) => outputs.push(lineOf(output)));
      lines.set(place.replace(/^in\./, 'out.'), outputs);
    }
    return lines;
  }

  /** One line per committed output. */
  async actual(): Promise<Map<string, string[]>> {
    const lines = new Map<string, string[]>();
    for (const [place, records] of await this.read(INPUTS.map(outputOf)))
      lines.set(place, records.map(lineOf));
    return lines;
  }

  /**
   * Waits until as much is committed as an undisturbed run gives, and says how the outputs differ from it: nothing, when all is
   * well. Output that is too long or wrong is seen as well as output that is missing.
   */
  async differences(withinMs = PATIENCE_MS): Promise<string[]> {
    await this.flush();
    const expected = await this.expected();
    const deadlineMs = clock.monotonicMs() + withinMs;
    for (;;) {
      const actual = await this.actual();
      const complete = [...expected].every(
        ([place, lines]) => (actual.get(place)?.length ?? 0) >= lines.length,
      );
      if (complete || clock.monotonicMs() > deadlineMs) return compare(expected, actual);
      await clock.sleep(200);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#feeding;
    await this.admin.disconnect();
    this.#client.destroy();
  }
}

function lineOf(record: OutputRecord | InputRecord): string {
  const headers = Object.entries(record.headers ?? {}).map(([name, value]) => `${name}=${value.toString()}`);
  return [record.key?.toString(), record.value?.toString(), record.timestampMs, ...headers].join(' ');
}

function compare(expected: Map<string, string[]>, actual: Map<string, string[]>): string[] {
  const problems: string[] = [];
  for (const place of new Set([...expected.keys(), ...actual.keys()])) {
    const wanted = expected.get(place) ?? [];
    const found = actual.get(place) ?? [];
    const at = wanted.findIndex((line, index) => line !== found[index]);
    if (at >= 0)
      problems.push(
        `${place} differs at ${at} of ${wanted.length}: wanted ${wanted[at]}, found ${found[at]}`,
      );
    else if (found.length > wanted.length)
      problems.push(
        `${place} has ${found.length - wanted.length} records too many, first ${found[wanted.length]}`,
      );
  }
  return problems;
}

/** Waits as `until` of the test kit does; the error shows what was logged. */
export const until = <Value>(
  what: string,
  look: () => Value | Promise<Value>,
  withinMs?: number,
): Promise<Exclude<Value, undefined | false>> =>
  waitUntil(what, look, { ...(withinMs === undefined ? {} : { withinMs }), told: () => told.join('') });
