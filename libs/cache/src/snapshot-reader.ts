import type { Json } from '@concord/codec';
import type { Clock } from '@concord/runtime';
import type { Redis } from 'ioredis';
import { openRedis } from './connection.ts';
import { snapshotKey, type SnapshotName } from './snapshot.ts';

/** A snapshot as Redis holds it. */
export interface StoredSnapshot {
  /** Microseconds since 1970. */
  readonly logTime: number;
  readonly sequence: number;
  readonly method: string;
  /** The record as JSON: decimals as text, times as RFC 3339. */
  readonly value: Json;
}

export interface SnapshotReaderOptions {
  readonly url: string;
  readonly prefix: string;
  readonly clock: Clock;
}

/** Reads snapshots and listens to them. `create` connects; a failure to do so rejects. */
export class SnapshotReader implements AsyncDisposable {
  readonly #options: SnapshotReaderOptions;
  readonly #redis: Redis;
  readonly #listeners: Redis[] = [];

  private constructor(options: SnapshotReaderOptions) {
    this.#options = options;
    this.#redis = openRedis(options.url, 'concord-snapshot-reader', options.clock);
    this.#redis.on('error', () => undefined);
  }

  static async create(options: SnapshotReaderOptions): Promise<SnapshotReader> {
    const reader = new SnapshotReader(options);
    try {
      await reader.#redis.connect();
    } catch (error) {
      reader.#redis.disconnect();
      throw error;
    }
    return reader;
  }

  /** `undefined` when there is none. Rejects while Redis is away. */
  async read(name: SnapshotName): Promise<StoredSnapshot | undefined> {
    const key = snapshotKey(this.#options.prefix, name);
    const [logTime, sequence, method, value] = await this.#redis.hmget(
      key,
      'logTime',
      'sequence',
      'method',
      'value',
    );
    if (typeof value !== 'string') return undefined;
    return {
      logTime: Number(logTime),
      sequence: Number(sequence),
      method: method ?? 'UNKNOWN',
      value: JSON.parse(value) as Json,
    };
  }

  /**
   * Calls back with each snapshot of this name that is written from now on, in order. What is written while the connection is
   * away is missed: read after each `onReady`.
   */
  async listen(name: SnapshotName, onSnapshot: (value: Json) => void, onReady?: () => void): Promise<void> {
    const connection = openRedis(this.#options.url, 'concord-snapshot-listener', this.#options.clock);
    this.#listeners.push(connection);
    connection.on('error', () => undefined);
    connection.on('message', (_channel, message) => onSnapshot(JSON.parse(message) as Json));
    await connection.connect();
    await connection.subscribe(snapshotKey(this.#options.prefix, name));
    // ioredis subscribes again before it says that it is ready again.
    if (onReady !== undefined) connection.on('ready', onReady);
    onReady?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of [this.#redis, ...this.#listeners]) connection.disconnect();
  }
}
