import type { Micros } from '@concord/model';
import { z } from 'zod';

export const opaqueSnapshot = z.strictObject({
  horizon: z.int().nullable(),
  ids: z.array(z.tuple([z.string(), z.int().nullable()])),
});
export type OpaqueSnapshot = z.output<typeof opaqueSnapshot>;

/**
 * Ids without arithmetic that were seen, with the event time of each, in order of arrival. At most `limit` are kept; of ids with an
 * event time at or before the horizon, the latest event time forgotten, nothing is known.
 */
export class OpaqueSet {
  readonly #seen: Map<string, Micros | null>;
  #horizon: Micros | null;

  constructor(snapshot?: OpaqueSnapshot) {
    this.#seen = new Map(snapshot?.ids);
    this.#horizon = snapshot?.horizon ?? null;
  }

  get size(): number {
    return this.#seen.size;
  }

  coverage(id: string, eventTime: Micros | null): 'new' | 'seen' | 'beyond' {
    if (this.#seen.has(id)) return 'seen';
    return this.#horizon !== null && eventTime !== null && eventTime <= this.#horizon ? 'beyond' : 'new';
  }

  add(id: string, eventTime: Micros | null, limit: number): void {
    this.#seen.set(id, eventTime);
    while (this.#seen.size > limit) {
      const [oldest, time] = this.#seen.entries().next().value as [string, Micros | null];
      this.#seen.delete(oldest);
      if (time !== null && (this.#horizon === null || time > this.#horizon)) this.#horizon = time;
    }
  }

  toSnapshot(): OpaqueSnapshot {
    return { horizon: this.#horizon, ids: [...this.#seen] };
  }
}
