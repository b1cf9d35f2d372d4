import type { Micros } from '@concord/model';
import { z } from 'zod';
import { RecentSet } from './recent-set.ts';

export const opaqueSnapshot = z.strictObject({
  horizon: z.int().nullable(),
  ids: z.array(z.tuple([z.string(), z.int().nullable()])),
});
export type OpaqueSnapshot = z.output<typeof opaqueSnapshot>;

/**
 * Ids without arithmetic that were seen, in order of arrival. At most `limit` are kept; of ids with an event time at or before the
 * horizon, the latest event time forgotten, nothing is known.
 */
export class OpaqueSet {
  readonly #seen = new RecentSet<string>();
  readonly #times = new Map<string, Micros>();
  #horizon: Micros | null;

  constructor(snapshot?: OpaqueSnapshot) {
    this.#horizon = snapshot?.horizon ?? null;
    for (const [id, time] of snapshot?.ids ?? []) this.add(id, time, Infinity);
  }

  coverage(id: string, eventTime: Micros | null): 'new' | 'seen' | 'beyond' {
    if (this.#seen.has(id)) return 'seen';
    return this.#horizon !== null && eventTime !== null && eventTime <= this.#horizon ? 'beyond' : 'new';
  }

  add(id: string, eventTime: Micros | null, limit: number): void {
    const forgotten = this.#seen.add(id, limit);
    if (eventTime !== null) this.#times.set(id, eventTime);
    for (const old of forgotten) {
      const time = this.#times.get(old) ?? null;
      this.#times.delete(old);
      if (time !== null && (this.#horizon === null || time > this.#horizon)) this.#horizon = time;
    }
  }

  toSnapshot(): OpaqueSnapshot {
    return {
      horizon: this.#horizon,
      ids: this.#seen.toArray().map((id) => [id, this.#times.get(id) ?? null]),
    };
  }
}
