import type { Micros } from '@concord/model';

/** Trades of a source that are known to be missing in [from, to]. */
export interface Hole {
  readonly source: string;
  readonly from: Micros;
  to: Micros;
  /** Ids of the gap marker that told of it; a repair names the same. Null when it can no longer be matched. */
  ids: string | null;
}

/** Bound of the holes remembered for one instrument; further ones widen the newest, which then cannot be repaired. */
const HOLES_MAX = 256;

/** What is missing from an instrument's tape, for as long as a window that is not final overlaps it. */
export class Holes {
  readonly list: Hole[] = [];

  add(hole: Hole): void {
    const newest = this.list.at(-1);
    if (newest === undefined || this.list.length < HOLES_MAX) {
      this.list.push(hole);
      return;
    }
    this.list[this.list.length - 1] = {
      source: newest.source,
      from: Math.min(newest.from, hole.from),
      to: Math.max(newest.to, hole.to),
      ids: null,
    };
  }

  /** The hole of these ids was filled; returns it. */
  fill(source: string, ids: string): Hole | undefined {
    const index = this.list.findIndex((hole) => hole.source === source && hole.ids === ids);
    return index < 0 ? undefined : this.list.splice(index, 1)[0];
  }

  overlap(start: Micros, end: Micros): boolean {
    return this.list.some((hole) => hole.from < end && hole.to >= start);
  }

  /** Forgets holes that ended before `before`. */
  prune(before: Micros): void {
    for (let i = this.list.length - 1; i >= 0; i--) {
      if ((this.list[i] as Hole).to < before) this.list.splice(i, 1);
    }
  }
}

/** Names a gap by its ids. */
export function holeIds(firstId: string | null, lastId: string | null): string | null {
  return firstId === null || lastId === null ? null : `${firstId}..${lastId}`;
}
