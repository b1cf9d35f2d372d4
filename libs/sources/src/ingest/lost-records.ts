import type { Kind } from '@concord/model';
import type { IdInterval } from '../session/gaps.ts';

/** Intervals remembered for one instrument; then the newest is widened, and more is fetched again than was lost. */
const INTERVALS_MAX = 256;

export interface LostIds {
  readonly kind: Kind;
  readonly instrument: string;
  readonly ids: IdInterval;
}

/** Ids of records that found no room on their way to Kafka, as intervals. Records without contiguous ids cannot be asked for again. */
export class LostRecords {
  readonly #intervals = new Map<string, { kind: Kind; instrument: string; list: IdInterval[] }>();

  add(kind: Kind, instrument: string, ids: IdInterval | undefined): void {
    if (ids === undefined) return;
    const key = `${kind} ${instrument}`;
    const entry = this.#intervals.get(key) ?? { kind, instrument, list: [] };
    this.#intervals.set(key, entry);
    const newest = entry.list.at(-1);
    const joins =
      newest !== undefined && (ids.first === newest.last + 1 || entry.list.length >= INTERVALS_MAX);
    if (!joins) entry.list.push(ids);
    else {
      const first = Math.min(newest.first, ids.first);
      entry.list[entry.list.length - 1] = { first, last: Math.max(newest.last, ids.last) };
    }
  }

  take(): LostIds[] {
    const all = [...this.#intervals.values()];
    this.#intervals.clear();
    return all.flatMap(({ kind, instrument, list }) => list.map((ids) => ({ kind, instrument, ids })));
  }
}
