import type { Connection } from './connection.ts';

const NOBODY: ReadonlySet<Connection> = new Set();

/** Who is subscribed to what. A key is the venue's own name of a stream. */
export class Audience {
  readonly #byKey = new Map<string, Set<Connection>>();

  /** Whether it is new. */
  subscribe(key: string, connection: Connection): boolean {
    if (connection.subscriptions.has(key)) return false;
    connection.subscriptions.add(key);
    const set = this.#byKey.get(key);
    if (set === undefined) this.#byKey.set(key, new Set([connection]));
    else set.add(connection);
    return true;
  }

  /** Whether it was there. */
  unsubscribe(key: string, connection: Connection): boolean {
    const set = this.#byKey.get(key);
    if (set === undefined || !set.delete(connection)) return false;
    connection.subscriptions.delete(key);
    if (set.size === 0) this.#byKey.delete(key);
    return true;
  }

  drop(connection: Connection): void {
    for (const key of connection.subscriptions) this.unsubscribe(key, connection);
  }

  of(key: string): ReadonlySet<Connection> {
    return this.#byKey.get(key) ?? NOBODY;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }
}
