import type { Micros } from '@concord/model';

/** Trades of a source that are known to be missing in [from, to]. */
export interface Hole {
  readonly source: string;
  readonly from: Micros;
  to: Micros;
  /** Ids that are missing; a repair names the same. `SILENCE` when nobody knows yet whether any are, null when it cannot be matched. */
  ids: string | null;
}

export const SILENCE = 'silence';

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

  /** A source that was last seen at `from` is silent until `to` at least. */
  extendSilence(source: string, from: Micros, to: Micros): void {
    const open = this.#find(source, SILENCE);
    if (open === undefined) this.add({ source, from, to, ids: SILENCE });
    else open.to = Math.max(open.to, to);
  }

  /** Whether something is known to be missing from this instant on. */
  knows(source: string, from: Micros): boolean {
    return this.list.some((hole) => hole.source === source && hole.from === from && hole.ids !== SILENCE);
  }

  #find(source: string, ids: string): Hole | undefined {
    return this.list.find((hole) => hole.source === source && hole.ids === ids);
  }

  /** The hole of these ids was filled; returns it. */
  fill(source: string, ids: string): Hole | undefined {
    const hole = this.#find(source, ids);
    if (hole !== undefined) this.list.splice(this.list.indexOf(hole), 1);
    return hole;
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
