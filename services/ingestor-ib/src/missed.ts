import type { RawTrade } from '@concord/codec';
import { INTERVALS, MICROS_PER_SECOND, type Interval, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import {
  HistoryFailed,
  NotOffered,
  type HistoricalPage,
  type History,
  type Hole,
  type Listing,
} from '@concord/sources';
import type { IbHistory } from './history.ts';
import { CERTAIN, missingPrints, type PrintHole, type PrintMemory } from './prints.ts';
import { ReadPrints } from './read-prints.ts';

/** So long after the end of a hole the last prints of it have come live, and history is asked for the first time. */
const QUIET: Micros = 5 * MICROS_PER_SECOND;
/** How far beyond the end of a hole history is read for a print that shows that it holds the hole whole. */
const BEYOND: Micros = INTERVALS['1h'];
/** Prints of one hole that are held while it is filled, and of all that are read in parts: a hole that has more is not filled, which is told. */
const PAST_MAX = 100_000;

export interface MissedSurroundings {
  readonly clock: Clock;
  readonly history: IbHistory;
  /** What is known of an instrument's prints; undefined when they are not followed. */
  memoryOf(instrument: string): PrintMemory | undefined;
}

/** What one subscription missed: of bars those after the newest, of prints those that the past holds and that did not come. */
export class MissedHistory implements Pick<History, 'repair' | 'tellsMissing'> {
  readonly tellsMissing = true;
  readonly #around: MissedSurroundings;
  readonly #read = new ReadPrints(PAST_MAX, CERTAIN);

  constructor(around: MissedSurroundings) {
    this.#around = around;
  }

  async *repair(hole: Hole, signal: AbortSignal | undefined): AsyncIterable<HistoricalPage> {
    const { clock } = this.#around;
    const { listing, kind, after, before } = hole;
    if (kind === 'bars' && after !== null && 'start' in after) {
      // The bar that came after the hole is asked for as well: it shows that the answer reaches so far.
      const to = before !== null && 'start' in before ? before.start + 1 : clock.nowMicros();
      yield* this.#around.history.pages(listing, kind, after.interval as Interval, after.start, to, signal);
      return;
    }
    const memory = this.#around.memoryOf(listing.instrument);
    const missed = memory?.hole;
    if (kind !== 'trades' || memory === undefined || missed === undefined)
      throw new NotOffered(`ib: nobody knows which ${kind} were missed`);
    const { missing, doubt } = await this.#missing(listing, memory, missed, signal);
    memory.close(missing);
    this.#read.drop(keyOf(listing));
    if (missing.length > 0) yield missing;
    if (doubt !== undefined) throw new NotOffered(`ib: ${doubt}`);
  }

  /**
   * The prints of a hole that did not come; `doubt` is why some may be missing still. Throws `HistoryFailed` while it cannot be told where the hole ends, or
   * history does not reach beyond it: a history that lags behind is the same as one that has nothing there.
   */
  async #missing(
    listing: Listing,
    memory: PrintMemory,
    hole: PrintHole,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly missing: readonly RawTrade[]; readonly doubt?: string }> {
    const { clock } = this.#around;
    const bounds = memory.bounds();
    if (bounds === undefined || hole.first === null) throw tooEarly('the hole has no end yet');
    const waitMs = (hole.first.own + QUIET - clock.nowMicros()) / 1_000;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (signal?.aborted === true) throw new HistoryFailed('history-unreachable', 'ib: asked to stop');
    const { from, until, isWhole } = bounds;
    const rests = !hole.seen.some(({ eventTime }) => (eventTime ?? 0) > until);
    if (rests && (hole.clock?.now ?? 0) < until + CERTAIN) throw tooEarly('no print came after the hole yet');
    const { past, isBeyond } = await this.#past(listing, hole, from, until, signal);
    if (past.length > PAST_MAX) return { missing: [], doubt: `more than ${PAST_MAX} prints were missed` };
    const { from: stillFrom, until: stillUntil } = memory.bounds() ?? {};
    if (memory.hole !== hole || stillFrom !== from || stillUntil !== until)
      throw tooEarly('the hole has grown meanwhile');
    if (hole.isOverflown)
      return { missing: [], doubt: 'too many prints came since to tell those that did not' };
    if (!isBeyond && !rests) throw tooEarly('history does not reach beyond the hole');
    const seen = hole.seen.filter(
      ({ eventTime }) => eventTime !== null && eventTime >= from && eventTime <= until,
    );
    const { missing, unmatched } = missingPrints(past, seen);
    if (unmatched > 0) return { missing, doubt: `history lacks ${unmatched} prints that came live` };
    return isWhole ? { missing } : { missing, doubt: 'some prints where the hole begins may be missing' };
  }

  /** The prints of these seconds, and whether history goes on after them. What was read before is not asked for again. */
  async #past(
    listing: Listing,
    hole: PrintHole,
    from: Micros,
    until: Micros,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly past: readonly RawTrade[]; readonly isBeyond: boolean }> {
    const { through, prints } = this.#read.take(keyOf(listing), from);
    const to = until + BEYOND;
    // By the gateway's clock where it was told: times of prints are of it.
    const certain = (hole.clock?.now ?? this.#around.clock.nowMicros()) - CERTAIN;
    const past = [...prints];
    const newest = (): Micros => past.at(-1)?.eventTime ?? -Infinity;
    try {
      const pages = this.#around.history.prints(listing, { from: through, to, certain }, signal);
      for await (const page of pages) {
        past.push(...page);
        if (newest() > until || past.length > PAST_MAX) break;
      }
    } finally {
      this.#read.keep(keyOf(listing), from, past);
    }
    return { past: past.filter(({ eventTime }) => (eventTime ?? 0) <= until), isBeyond: newest() > until };
  }
}

/** Of an instrument with the symbol that it has now. */
function keyOf({ instrument, symbol }: Listing): string {
  return `${instrument} ${symbol}`;
}

/** It is asked for again, as long as any history that cannot be had now. */
function tooEarly(what: string): HistoryFailed {
  return new HistoryFailed('history-busy', `ib: ${what}`);
}
