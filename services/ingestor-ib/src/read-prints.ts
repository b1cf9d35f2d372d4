import type { RawTrade } from '@concord/codec';
import type { Micros } from '@concord/model';
import { secondOf } from './prints.ts';

/** Past prints of one contract: all that history has of `from` and later, and before `through`. */
export interface ReadPart {
  readonly from: Micros;
  readonly through: Micros;
  /** Oldest first. */
  readonly prints: readonly RawTrade[];
}

/**
 * What history told where a hole grew meanwhile, or where it stopped telling, so that no page of it is asked for twice: one stretch of each contract. Holds `max` prints at
 * most; beyond them the contracts that were read longest ago are read from the beginning of their holes again.
 */
export class ReadPrints {
  readonly #max: number;
  readonly #settled: Micros;
  readonly #parts = new Map<string, ReadPart>();
  #size = 0;

  /** History tells all that is older than its newest print by `settled`. */
  constructor(max: number, settled: Micros) {
    this.#max = max;
    this.#settled = settled;
  }

  /** Takes out what was read from `from` on; nothing where that is earlier than what was read. */
  take(contract: string, from: Micros): ReadPart {
    const part = this.#parts.get(contract);
    this.drop(contract);
    if (part === undefined || part.from > from || part.through <= from)
      return { from, through: from, prints: [] };
    return { ...part, from, prints: part.prints.filter(({ eventTime }) => (eventTime ?? 0) >= from) };
  }

  /** Keeps what was read, except what may not be all there yet. */
  keep(contract: string, from: Micros, read: readonly RawTrade[]): void {
    const newest = read.at(-1)?.eventTime;
    if (newest == null) return;
    const through = secondOf(newest - this.#settled);
    const prints = read.filter(({ eventTime }) => (eventTime ?? 0) < through);
    this.drop(contract);
    this.#parts.set(contract, { from, through, prints });
    this.#size += prints.length;
    for (const oldest of this.#parts.keys()) {
      if (this.#size <= this.#max) break;
      this.drop(oldest);
    }
  }

  drop(contract: string): void {
    this.#size -= this.#parts.get(contract)?.prints.length ?? 0;
    this.#parts.delete(contract);
  }
}
