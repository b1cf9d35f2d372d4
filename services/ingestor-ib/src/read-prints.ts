import type { RawTrade } from '@concord/codec';
import type { Micros } from '@concord/model';
import { secondOf, type PrintHole } from './prints.ts';

/** Past prints of one hole: all that history has of `from` and later, and before `through`. */
export interface ReadPart {
  readonly from: Micros;
  readonly through: Micros;
  /** Oldest first. */
  readonly prints: readonly RawTrade[];
}

/**
 * What history told of holes that grew meanwhile, or that it stopped telling of, so that no page of it is asked for twice. Holds `max` prints at most; beyond
 * them the holes that were read longest ago are read from their beginning again.
 */
export class ReadPrints {
  readonly #max: number;
  readonly #settled: Micros;
  readonly #parts = new Map<PrintHole, ReadPart>();
  #size = 0;

  /** History tells all that is older than its newest print by `settled`. */
  constructor(max: number, settled: Micros) {
    this.#max = max;
    this.#settled = settled;
  }

  /** Takes out what was read of a hole from `from` on; nothing of one that begins earlier now. */
  take(hole: PrintHole, from: Micros): ReadPart {
    const part = this.#parts.get(hole);
    this.drop(hole);
    if (part === undefined || part.from > from || part.through <= from)
      return { from, through: from, prints: [] };
    return { ...part, from, prints: part.prints.filter(({ eventTime }) => (eventTime ?? 0) >= from) };
  }

  /** Keeps what was read of a hole, except what may not be all there yet. */
  keep(hole: PrintHole, from: Micros, read: readonly RawTrade[]): void {
    const newest = read.at(-1)?.eventTime;
    if (newest == null) return;
    const through = secondOf(newest - this.#settled);
    const prints = read.filter(({ eventTime }) => (eventTime ?? 0) < through);
    this.drop(hole);
    this.#parts.set(hole, { from, through, prints });
    this.#size += prints.length;
    for (const oldest of this.#parts.keys()) {
      if (this.#size <= this.#max) break;
      this.drop(oldest);
    }
  }

  drop(hole: PrintHole): void {
    this.#size -= this.#parts.get(hole)?.prints.length ?? 0;
    this.#parts.delete(hole);
  }
}
