import type { RawTrade } from '@concord/codec';
import { MICROS_PER_SECOND, type Micros } from '@concord/model';

/** Prints that came no longer ago than this are remembered. */
const REMEMBERED: Micros = 30 * MICROS_PER_SECOND;
/** Prints may come out of order by so much, and their times are whole seconds. */
const SLACK: Micros = 2 * MICROS_PER_SECOND;
/** Full: *drop-oldest*. More in half a minute is more than the venue sends on a line. */
const RECENT_MAX = 20_000;
/** Full: the hole cannot be filled any more. */
const SEEN_MAX = 50_000;
/**
 * History has caught up after so long, and a stream without a print for so long rests: where no print tells, the gateway's clock does. It is the one that
 * counts, since times of prints are of it; ours may be another.
 */
export const CERTAIN: Micros = 150 * MICROS_PER_SECOND;

/** One moment on two clocks; null where that clock is not known to have been read. */
interface Moment {
  readonly venue: Micros | null;
  readonly own: Micros | null;
}

/** A time in which prints were missed, on the clock of their times. */
export interface PrintHole {
  /** The last print before it, or when the stream was first served. */
  readonly since: Moment;
  /** Prints that came all the same: at its edges, and after it. */
  readonly seen: RawTrade[];
  /** Newest time of a print before it that may not be among these: nothing is looked for up to the end of that second. */
  readonly forgotten: Micros;
  /** Whether the stream is served again: what comes now comes after the hole. */
  isServed: boolean;
  /** What came first when it was served again. */
  first: { readonly venue: Micros; readonly own: Micros } | null;
  /** The gateway's clock: when the stream was served again, and now. */
  clock: { readonly from: Micros; readonly now: Micros } | null;
  isOverflown: boolean;
  /** Whether it waits among those to be filled. */
  isAsked: boolean;
  /** Whether a marker told of it. */
  isTold: boolean;
}

/** What is known of one instrument's prints, so that a hole among them can be filled without doubling any. Outlives sessions. */
export class PrintMemory {
  #recent: RawTrade[] = [];
  /** The newest time of a print that is not remembered any more. */
  #forgotten: Micros = -Infinity;
  /** The last print that came, or when the stream was first served; undefined before. */
  #last: Moment | undefined;
  #hole: PrintHole | undefined;

  /** The hole that is not filled yet. */
  get hole(): PrintHole | undefined {
    return this.#hole;
  }

  /** Goes on where another replica stopped, if it is not followed yet: `last` is the time of the newest print that was told there. */
  goOn(last: Micros): void {
    if (this.#last !== undefined) return;
    this.#last = { venue: last, own: null };
    // The prints of that second may have been told or not: none is told twice, and that some may be missing is said.
    this.#hole = holeAfter(this.#last, [], last);
  }

  /** A print came live. */
  saw(trade: RawTrade): void {
    const { eventTime: venue, receiveTime: own } = trade;
    if (venue === null) return;
    this.#remember(trade);
    this.#last = { venue, own };
    const hole = this.#hole;
    if (hole === undefined) return;
    if (hole.isServed) hole.first ??= { venue, own };
    // Also what comes after its end: the hole may grow.
    if (hole.seen.length < SEEN_MAX) hole.seen.push(trade);
    else hole.isOverflown = true;
  }

  /** The gateway told its time. Where no print comes, this tells how long none did. */
  heardTime(venue: Micros, own: Micros): void {
    const hole = this.#hole;
    if (hole === undefined || !hole.isServed) return;
    hole.clock = { from: hole.clock?.from ?? venue, now: venue };
    if (venue - hole.clock.from >= CERTAIN) hole.first ??= { venue, own };
  }

  /** Prints may be missed from now on. True when this is to be told: no other hole waits to be filled, which would grow instead. */
  interrupt(): boolean {
    const hole = this.#hole;
    if (hole !== undefined) {
      hole.isServed = false;
      hole.first = null;
      hole.clock = null;
      return false;
    }
    if (this.#last === undefined) return false; // nothing was followed yet
    this.#hole = { ...holeAfter(this.#last, [...this.#recent], this.#forgotten), isTold: true };
    return true;
  }

  /** The stream is served at `now`, of our clock, for the first time or again. Gives the hole that must be asked for now. */
  resume(now: Micros): PrintHole | undefined {
    this.#last ??= { venue: null, own: now };
    const hole = this.#hole;
    if (hole === undefined) return undefined;
    hole.isServed = true;
    if (hole.isAsked) return undefined;
    hole.isAsked = true;
    return hole;
  }

  /** It was told that the hole cannot be filled. One that still goes on is told anew. */
  abandon(): void {
    const hole = this.#hole;
    if (hole === undefined) return;
    if (hole.isServed) this.#hole = undefined;
    else hole.isAsked = hole.isTold = false;
  }

  /** The hole is done with, and `found` was in it. */
  close(found: readonly RawTrade[]): void {
    this.#hole = undefined;
    for (const trade of found) this.#remember(trade);
  }

  /**
   * The seconds, both included, in which what was missed lies; undefined while nothing tells where it ends. Times of prints before and after it bound it, and
   * where a clock was set meanwhile, also how long it lasted: what was missed before that goes on from the one, what was missed after it leads to the other.
   * `isWhole` is false where prints of its beginning may have come and are not known here: all but those can be had.
   */
  bounds(): { readonly from: Micros; readonly until: Micros; readonly isWhole: boolean } | undefined {
    const hole = this.#hole;
    if (hole?.first == null) return undefined;
    const { since, first, forgotten } = hole;
    const lasted = since.own === null ? 0 : Math.max(first.own - since.own, 0);
    const from = secondOf(Math.min(since.venue ?? Infinity, first.venue - lasted) - SLACK);
    const until = secondOf(Math.max(first.venue, (since.venue ?? -Infinity) + lasted) + SLACK);
    if (from > forgotten) return { from, until, isWhole: true };
    const known = secondOf(forgotten) + MICROS_PER_SECOND;
    return { from: known, until: Math.max(until, known), isWhole: false };
  }

  #remember(trade: RawTrade): void {
    this.#recent.push(trade);
    const newest = trade.receiveTime;
    if (
      this.#recent.length < RECENT_MAX &&
      (this.#recent[0]?.receiveTime ?? newest) >= newest - 2 * REMEMBERED
    )
      return;
    const kept = this.#recent.filter((one) => one.receiveTime >= newest - REMEMBERED).slice(-RECENT_MAX / 2);
    for (const { eventTime } of this.#recent.slice(0, this.#recent.length - kept.length))
      this.#forgotten = Math.max(this.#forgotten, eventTime ?? -Infinity);
    this.#recent = kept;
  }
}

function holeAfter(since: Moment, seen: RawTrade[], forgotten: Micros): PrintHole {
  return {
    since,
    seen,
    forgotten,
    isServed: false,
    first: null,
    clock: null,
    isOverflown: false,
    isAsked: false,
    isTold: false,
  };
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
