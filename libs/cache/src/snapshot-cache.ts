import { toJson } from '@concord/codec';
import { Dependency, Health, publicAddress, type Clock, type Logger } from '@concord/runtime';
import { type Redis, ReplyError } from 'ioredis';
import type { Registry } from 'prom-client';
import { CacheMetrics } from './cache-metrics.ts';
import { openRedis } from './connection.ts';
import { SNAPSHOT_SCRIPT } from './snapshot-script.ts';
import { snapshotKey, snapshotName, type SnapshotRecords, type SnapshotTopic } from './snapshot.ts';

export interface SnapshotCacheOptions {
  readonly url: string;
  /** Prefix of all topics; it separates deployments that share a Redis as well. */
  readonly prefix: string;
  /** Paces retries: it must pass at the machine's own speed. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Registry;
  /** Told in part `redis` whether snapshots can be written. */
  readonly health?: Health;
  /** Bound of the keys held; default 100,000. */
  readonly keysMax?: number;
}

interface Held {
  readonly key: string;
  readonly topic: SnapshotTopic;
  readonly record: SnapshotRecords[SnapshotTopic];
}

const KEYS_MAX = 100_000;
/** Snapshots in one pipeline. */
const BATCH = 256;
const RETRY_MS = 250;
/** What is left at the end gets this long. */
const LAST_FLUSH_MS = 1_000;

/**
 * Writes the newest snapshot of each stream to Redis, only forward, and announces each that is written. It holds the newest record
 * per key and no other (policy: conflate; beyond `keysMax` keys new ones are dropped and counted), so Redis may be slow or away for
 * any time: on its return whatever it lacks is written. `put` never throws and never waits.
 */
export class SnapshotCache implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: CacheMetrics;
  readonly #keysMax: number;
  readonly #dependency: Dependency;
  readonly #newest = new Map<string, Held>();
  /** Keys of `#newest` that Redis may lack. */
  readonly #pending = new Set<string>();
  #wake: () => void = () => {};
  #disposed = false;

  private constructor(options: SnapshotCacheOptions) {
    this.#prefix = options.prefix;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#metrics = new CacheMetrics(options.metrics);
    this.#keysMax = options.keysMax ?? KEYS_MAX;
    this.#redis = openRedis(options.url, 'concord-snapshots', options.clock);
    this.#dependency = new Dependency({
      part: 'redis',
      name: 'Redis',
      address: publicAddress(options.url),
      advice: 'snapshots wait, the pipeline goes on; start it there, or set REDIS_URL',
      logger: options.logger,
      health: options.health ?? new Health(),
    });
  }

  /** Nothing is connected before `run`. */
  static create(options: SnapshotCacheOptions): SnapshotCache {
    return new SnapshotCache(options);
  }

  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** Keys whose newest snapshot is not known to be in Redis. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes a committed record. Records of one stream come in their order. */
  put<T extends SnapshotTopic>(topic: T, record: SnapshotRecords[T]): void {
    const key = snapshotKey(this.#prefix, snapshotName(topic, record));
    if (!this.#newest.has(key) && this.#newest.size >= this.#keysMax) {
      this.#metrics.dropped.inc();
      return;
    }
    if (this.#pending.has(key)) this.#metrics.conflated.inc();
    this.#newest.set(key, { key, topic, record });
    this.#pending.add(key);
    this.#metrics.pending.set(this.#pending.size);
    this.#wake();
  }

  /** Connects and writes until `signal` aborts, then once more what is left, for a second at most. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#watch();
    this.#redis.connect().catch(() => undefined);
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      if (this.connected && this.#pending.size > 0) {
        if (!(await this.#flush())) await this.#clock.sleep(RETRY_MS, signal);
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    signal.removeEventListener('abort', stop);
    await this.#flushLast();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#redis.disconnect();
  }

  #watch(): void {
    let reason = 'connection closed';
    this.#redis.on('ready', () => {
      this.#logger.info({ keys: this.#newest.size }, 'Redis is there: snapshots are written');
      this.#metrics.connected.set(1);
      this.#dependency.reached();
      reason = 'connection closed';
      // It may have come back empty; the script tells what it has already.
      for (const key of this.#newest.keys()) this.#pending.add(key);
      this.#wake();
    });
    // ioredis gives an error for each attempt; one line for each loss is enough.
    this.#redis.on('error', (error: Error) => {
      reason = error.message;
      this.#logger.debug({ err: error }, 'Redis connection');
    });
    this.#redis.on('close', () => {
      this.#metrics.connected.set(0);
      if (!this.#disposed) this.#dependency.away(reason);
    });
  }

  /** Writes one batch. Returns false when the connection failed and the batch must be tried again. */
  async #flush(): Promise<boolean> {
    const batch: Held[] = [];
    for (const key of this.#pending) {
      batch.push(this.#newest.get(key) as Held);
      this.#pending.delete(key);
      if (batch.length === BATCH) break;
    }
    const pipeline = this.#redis.pipeline();
    for (const { key, topic, record } of batch) {
      const value = JSON.stringify(toJson(topic, record));
      pipeline.eval(SNAPSHOT_SCRIPT, 1, key, record.logTime, record.sequence, record.method, value);
    }
    let alive = true;
    const replies = await pipeline.exec().catch(() => null);
    batch.forEach(({ key }, index) => {
      const [error, reply] = replies?.[index] ?? [new Error('no reply'), undefined];
      if (error === null) (reply === 1 ? this.#metrics.written : this.#metrics.stale).inc();
      else alive = this.#failed(key, error) && alive;
    });
    this.#metrics.pending.set(this.#pending.size);
    // It may hold its connection and say nothing; when it closes it, that is told by itself.
    if (this.connected && alive) this.#dependency.reached();
    else if (this.connected) this.#dependency.away('it does not answer');
    return alive;
  }

  /** A refusal by Redis itself would come again, so it is not retried before the next record; a lost answer is. */
  #failed(key: string, error: Error): boolean {
    this.#metrics.failures.inc();
    if (error instanceof ReplyError) {
      this.#logger.warn({ err: error, key }, 'Redis refused a snapshot');
      return true;
    }
    this.#pending.add(key);
    return false;
  }

  async #flushLast(): Promise<void> {
    const deadline = this.#clock.monotonicMs() + LAST_FLUSH_MS;
    while (this.connected && this.#pending.size > 0 && this.#clock.monotonicMs() < deadline) {
      if (!(await this.#flush())) return;
    }
  }
}
