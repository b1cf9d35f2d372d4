import type { RawTrade } from '@concord/codec';
import { MICROS_PER_SECOND, type Micros } from '@concord/model';

/** Prints of so long before the newest one are remembered. */
const REMEMBERED: Micros = 10 * MICROS_PER_SECOND;
/** Prints may come out of order by so much, and clocks differ by so much. */
const SLACK: Micros = 2 * MICROS_PER_SECOND;
/** Full: *drop-oldest*. More in ten seconds is more than the venue sends on a line. */
const PRINTS_MAX = 20_000;

/** A time in which prints were missed, both ends in whole seconds and included. */
export interface PrintHole {
  readonly from: Micros;
  /** Null while it goes on. */
  until: Micros | null;
  /** Prints from its beginning on that came all the same: at its edges, and after it. Full: it cannot be filled any more. */
  readonly seen: RawTrade[];
  isOverflown: boolean;
  /** Whether it waits among those to be filled. */
  isAsked: boolean;
  /** Whether a marker told of it. */
  isTold: boolean;
  /** False where prints of its edge are known to another replica alone: all but those of that second can be had. */
  readonly isWhole: boolean;
}

/** What is known of one instrument's prints, so that a hole among them can be filled without doubling any. Outlives sessions. */
export class PrintMemory {
  #recent: RawTrade[] = [];
  /** Event time of the newest print, or when the stream was first served; undefined before. */
  #newest: Micros | undefined;
  #hole: PrintHole | undefined;

  /** The hole that is not filled yet. */
  get hole(): PrintHole | undefined {
    return this.#hole;
  }

  /** Goes on where another replica stopped, if it is not followed yet: `last` is the time of the newest print that was told there. */
  goOn(last: Micros): void {
    if (this.#newest !== undefined) return;
    this.#newest = last;
    // The prints of that second may have been told or not: none is told twice, and that some may be missing is said.
    const from = secondOf(last) + MICROS_PER_SECOND;
    this.#hole = {
      from,
      until: null,
      seen: [],
      isOverflown: false,
      isAsked: false,
      isTold: false,
      isWhole: false,
    };
  }

  /** A print came, live or from history. */
  saw(trade: RawTrade): void {
    const at = trade.eventTime;
    if (at === null) return;
    const hole = this.#hole;
    // Also what comes after its end: the hole may grow.
    if (hole !== undefined && at >= hole.from) {
      if (hole.seen.length < PRINTS_MAX) hole.seen.push(trade);
      else hole.isOverflown = true;
    }
    const newest = Math.max(this.#newest ?? at, at);
    this.#newest = newest;
    this.#recent.push(trade);
    if (this.#recent.length < PRINTS_MAX && (this.#recent[0]?.eventTime ?? at) >= newest - 2 * REMEMBERED)
      return;
    const kept = this.#recent.filter((one) => (one.eventTime ?? 0) >= newest - REMEMBERED);
    this.#recent = kept.slice(-PRINTS_MAX / 2);
  }

  /** Prints may be missed from now on. True when this is to be told: no other hole waits to be filled, which would grow instead. */
  interrupt(): boolean {
    if (this.#hole !== undefined) {
      this.#hole.until = null;
      return false;
    }
    if (this.#newest === undefined) return false; // nothing was followed yet
    const from = secondOf(this.#newest - SLACK);
    const seen = this.#recent.filter((one) => (one.eventTime ?? 0) >= from);
    this.#hole = { from, until: null, seen, isOverflown: false, isAsked: false, isTold: true, isWhole: true };
    return true;
  }

  /** The stream is served at `now`, for the first time or again. Gives the hole that has its end thereby and must be asked for. */
  resume(now: Micros): PrintHole | undefined {
    this.#newest ??= now;
    const hole = this.#hole;
    if (hole === undefined) return undefined;
    hole.until = secondOf(now + SLACK);
    if (hole.isAsked) return undefined;
    hole.isAsked = true;
    return hole;
  }

  /** The hole could not be filled this time: whoever is served next asks for it again. */
  reopen(): void {
    if (this.#hole !== undefined) this.#hole.isAsked = false;
  }

  /** The hole is done with, and `found` was in it. */
  close(found: readonly RawTrade[]): void {
    this.#hole = undefined;
    for (const trade of found) this.saw(trade);
  }
}

/**
 * Of past prints those that had not come: as multisets of time, price, size and exchange, since the venue numbers no prints and several may be
 * alike. `unmatched` counts those that had come and are not in the past as it is told: then it is not told whole yet.
 */
export function missingPrints(
  past: readonly RawTrade[],
  seen: readonly RawTrade[],
): { readonly missing: RawTrade[]; readonly unmatched: number } {
  const counts = new Map<string, number>();
  for (const trade of seen) counts.set(keyOf(trade), (counts.get(keyOf(trade)) ?? 0) + 1);
  let unmatched = seen.length;
  const missing = past.filter((trade) => {
    const key = keyOf(trade);
    const count = counts.get(key) ?? 0;
    if (count === 0) return true;
    counts.set(key, count - 1);
    unmatched--;
    return false;
  });
  return { missing, unmatched };
}

function keyOf({ eventTime, price, size, market }: RawTrade): string {
  return `${eventTime} ${price} ${size} ${market}`;
}

export function secondOf(at: Micros): Micros {
  return Math.floor(at / MICROS_PER_SECOND) * MICROS_PER_SECOND;
}
