import { z } from 'zod';

/** Sessions remembered per instrument and source; redundant sockets and replicas are few, and re-sent batches follow at once. */
export const SESSIONS_MAX = 16;

export const sessionsSnapshot = z.array(z.tuple([z.string(), z.int()]));
export type SessionsSnapshot = z.output<typeof sessionsSnapshot>;

/** The last ordinal read of each connection session, the session that has been quiet longest forgotten first. */
export class SessionMemory {
  readonly #ordinals: Map<string, number>;
  #newest: string | undefined;

  constructor(snapshot: SessionsSnapshot = []) {
    this.#ordinals = new Map(snapshot);
  }

  /** False when a record of the session with this ordinal, or a later one, was read. */
  isNew(session: string, ordinal: number): boolean {
    const last = this.#ordinals.get(session);
    return last === undefined || ordinal > last;
  }

  advance(session: string, ordinal: number): void {
    if (session !== this.#newest) this.#ordinals.delete(session);
    this.#ordinals.set(session, ordinal);
    this.#newest = session;
    if (this.#ordinals.size > SESSIONS_MAX)
      this.#ordinals.delete(this.#ordinals.keys().next().value as string);
  }

  toSnapshot(): SessionsSnapshot {
    return [...this.#ordinals];
  }
}
