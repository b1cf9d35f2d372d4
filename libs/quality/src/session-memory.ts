import { z } from 'zod';
import type { Id } from './id.ts';
import { parseId } from './id.ts';

/** Sessions remembered per instrument and source; redundant sockets and replicas are few, and re-sent batches follow at once. */
export const SESSIONS_MAX = 16;

export interface SessionProgress {
  ordinal: number;
  /** Last book-update id of the session. */
  updateId: Id | undefined;
}

export const sessionsSnapshot = z.array(z.tuple([z.string(), z.int(), z.string().regex(/^\d*$/)]));
export type SessionsSnapshot = z.output<typeof sessionsSnapshot>;

/** How far each connection session has come, the least recently used forgotten first. */
export class SessionMemory {
  readonly #sessions: Map<string, SessionProgress>;
  #newest: string | undefined;

  constructor(snapshot: SessionsSnapshot = []) {
    this.#sessions = new Map(
      snapshot.map(([session, ordinal, id]) => [session, { ordinal, updateId: parseId(id) }]),
    );
    this.#newest = snapshot.at(-1)?.[0];
  }

  get(session: string): SessionProgress | undefined {
    return this.#sessions.get(session);
  }

  advance(session: string, ordinal: number, updateId: Id | undefined): void {
    const progress = this.#sessions.get(session);
    if (progress === undefined) {
      this.#sessions.set(session, { ordinal, updateId });
      if (this.#sessions.size > SESSIONS_MAX)
        this.#sessions.delete(this.#sessions.keys().next().value as string);
    } else {
      progress.ordinal = ordinal;
      if (updateId !== undefined) progress.updateId = updateId;
      if (session !== this.#newest) {
        this.#sessions.delete(session);
        this.#sessions.set(session, progress);
      }
    }
    this.#newest = session;
  }

  toSnapshot(): SessionsSnapshot {
    return [...this.#sessions].map(([session, { ordinal, updateId }]) => [
      session,
      ordinal,
      updateId?.toString() ?? '',
    ]);
  }
}
