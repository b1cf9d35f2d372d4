import { createHash } from 'node:crypto';
import { ID_LENGTH_MAX } from '@concord/quality';
import { z } from 'zod';

/** Sessions whose refused frames are told apart, the least recent forgotten first. */
const SESSIONS_MAX = 64;

export const markersSnapshot = z.strictObject({
  time: z.int(),
  refusals: z.array(z.tuple([z.string(), z.int()])),
});
export type MarkersSnapshot = z.output<typeof markersSnapshot>;

/** What markers leave behind: how far they brought log time, and which refused frames were seen. */
export class MarkerMemory {
  /** Largest timestamp among markers, ms; −1 before the first. */
  time: number;
  readonly #refusals: Map<string, number>;
  dirty = true;

  constructor(snapshot?: MarkersSnapshot) {
    this.time = snapshot?.time ?? -1;
    this.#refusals = new Map(snapshot?.refusals);
  }

  pass(timestampMs: number): void {
    if (timestampMs > this.time) this.time = timestampMs;
    this.dirty = true;
  }

  /** False when this refused frame was seen: its producer sent a batch again. */
  isNewRefusal(name: string, ordinal: number): boolean {
    const session = rememberedName(name);
    const last = this.#refusals.get(session);
    if (last !== undefined && ordinal <= last) return false;
    this.#refusals.delete(session);
    this.#refusals.set(session, ordinal);
    if (this.#refusals.size > SESSIONS_MAX)
      this.#refusals.delete(this.#refusals.keys().next().value as string);
    return true;
  }

  toSnapshot(): MarkersSnapshot {
    return { time: this.time, refusals: [...this.#refusals] };
  }
}

/** A session's name, in at most `ID_LENGTH_MAX` characters: of a longer one, which no ingestor of ours gives, its hash, so that two stay two. */
function rememberedName(session: string): string {
  if (session.length <= ID_LENGTH_MAX) return session;
  return `sha256:${createHash('sha256').update(session).digest('hex')}`;
}
