import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS, MICROS_PER_SECOND, type Interval, type Kind, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import {
  HistoryFailed,
  newSessionId,
  NotOffered,
  pastBarRecord,
  type HistoricalPage,
  type History,
  type Hole,
  type Listing,
  type ParserContext,
} from '@concord/sources';
import { barSeriesOf, contractOf, type ContractName } from './contract.ts';
import type { HistoryConnection } from './history-connection.ts';
import { CERTAIN, missingPrints, secondOf, type PrintHole, type PrintMemory } from './prints.ts';
import { writeTime } from './quantities.ts';
import { ReadPrints } from './read-prints.ts';
import { BAR_SIZES } from './requests.ts';
import { readBars, readTrades } from './rows.ts';

const DAY: Micros = INTERVALS['1d'];
/** The longest stretches that one request may cover, and how the venue writes them (https://interactivebrokers.github.io/tws-api/historical_bars.html, 2026-11). */
const SPANS: Readonly<Partial<Record<Interval, { readonly span: Micros; readonly duration: string }>>> = {
  '1s': { span: 1_800 * MICROS_PER_SECOND, duration: '1800 S' },
  '1m': { span: DAY, duration: '1 D' },
  '5m': { span: 7 * DAY, duration: '1 W' },
  '15m': { span: 7 * DAY, duration: '1 W' },
  '1h': { span: 28 * DAY, duration: '1 M' },
  '1d': { span: 365 * DAY, duration: '1 Y' },
};
/** Prints that one answer holds at most. */
const PRINTS_PAGE = 1_000;
/**
 * The venue has no bars of 30 seconds or less that are older than six months (https://interactivebrokers.github.io/tws-api/historical_limitations.html, 2026-11), and
 * says of prints nothing else: "no data" for an older time is no word on whether there were any.
 */
const KEPT: Micros = 180 * DAY;
/** Days without a print in a row: no market rests so long. */
const EMPTY_DAYS_MAX = 7;
/** So long after the end of a hole the last prints of it have come live, and history is asked for the first time. */
const QUIET: Micros = 5 * MICROS_PER_SECOND;
/** How far beyond the end of a hole history is read for a print that shows that it holds the hole whole. */
const BEYOND: Micros = INTERVALS['1h'];
/** Prints of one hole that are held while it is filled, and of all that are read in parts: a hole that has more is not filled, which is told. */
const PAST_MAX = 100_000;
/** The venue's clock is no further from ours than this: nothing is asked for beyond it. */
const CLOCKS_APART: Micros = INTERVALS['1h'];

export interface HistoryOptions {
  readonly clock: Clock;
  readonly replica: string;
  readonly regularHoursOnly: boolean;
  open(): HistoryConnection;
  /** What is known of an instrument's prints; undefined when nobody follows them. */
  memoryOf(instrument: string): PrintMemory | undefined;
}

/** Past bars and prints, over connections of their own. Times have the resolution of a second, and the venue numbers nothing. */
export class IbHistory implements History {
  readonly tellsMissing = true;
  readonly #options: HistoryOptions;
  readonly #read = new ReadPrints(PAST_MAX, CERTAIN);

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage> {
    const contract = namedBy(listing);
    if (dataType === 'quotes') throw new NotOffered('ib offers no history of quotes');
    if (dataType === 'trades') {
      const certain = this.#options.clock.nowMicros() - CERTAIN;
      return this.#within(this.#prints(listing, contract, { from, to, certain }, signal), from, to);
    }
    if (interval === null || BAR_SIZES[interval] === undefined)
      throw new NotOffered(`ib offers no bars of ${interval}`);
    return this.#within(this.#bars(listing, contract, interval, from, to, signal), from, to);
  }

  async *repair(hole: Hole, signal: AbortSignal | undefined): AsyncIterable<HistoricalPage> {
    const { clock, memoryOf } = this.#options;
    const { listing, kind, after, before } = hole;
    if (kind === 'bars' && after !== null && 'start' in after) {
      // The bar that came after the hole is asked for as well: it shows that the answer reaches so far.
      const to = before !== null && 'start' in before ? before.start + 1 : clock.nowMicros();
      yield* this.pages(listing, kind, after.interval as Interval, after.start, to, signal);
      return;
    }
    const memory = memoryOf(listing.instrument);
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
    const { clock } = this.#options;
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
    const contract = namedBy(listing);
    const { through, prints } = this.#read.take(keyOf(listing), from);
    const to = until + BEYOND;
    // By the gateway's clock where it was told: times of prints are of it.
    const certain = (hole.clock?.now ?? this.#options.clock.nowMicros()) - CERTAIN;
    const past = [...prints];
    const newest = (): Micros => past.at(-1)?.eventTime ?? -Infinity;
    try {
      const pages = this.#prints(listing, contract, { from: through, to, certain }, signal);
      for await (const page of this.#within(pages, through, to)) {
        past.push(...page);
        if (newest() > until || past.length > PAST_MAX) break;
      }
    } finally {
      this.#read.keep(keyOf(listing), from, past);
    }
    return { past: past.filter(({ eventTime }) => (eventTime ?? 0) <= until), isBeyond: newest() > until };
  }

  async *#within<R extends RawBar | RawTrade>(
    pages: AsyncIterable<readonly R[]>,
    from: Micros,
    to: Micros,
  ): AsyncGenerator<readonly R[]> {
    for await (const page of pages) {
      const inside = page.filter((record) => {
        const at = 'start' in record ? record.start : (record.eventTime ?? 0);
        return at >= from && at < to;
      });
      if (inside.length > 0) yield inside;
    }
  }

  async *#bars(
    listing: Listing,
    contract: ContractName,
    interval: Interval,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly RawBar[]> {
    const { clock, regularHoursOnly } = this.#options;
    const context = this.#context(listing);
    const { span, duration } = SPANS[interval] ?? { span: DAY, duration: '1 D' };
    const length = INTERVALS[interval];
    const kept = interval === '1s' ? this.#keptFrom() : -Infinity;
    const last = Math.min(to, clock.nowMicros() + CLOCKS_APART);
    using connection = this.#options.open();
    for (let start = Math.max(from, kept); start < last; start += span) {
      // A bar that the end cut would be told half.
      const end = Math.ceil(Math.min(start + span, last) / length) * length;
      const [fields] = await connection.ask(
        {
          type: 'bars',
          contract,
          series: barSeriesOf(contract),
          interval,
          duration,
          end: writeTime(end),
          regularHoursOnly,
        },
        listing.instrument,
        signal,
      );
      if (fields === undefined) continue;
      const receiveTime = clock.nowMicros();
      const { rows, refusals } = readBars(fields, listing.symbol, interval);
      if (refusals[0] !== undefined) throw unreadable(refusals[0].message);
      yield rows
        .filter((row) => row.start >= start && row.start < start + span)
        .map((row) => pastBarRecord(context, listing, { ...row, receiveTime }));
    }
    if (from < kept) throw notKept(`bars of ${interval}`, kept);
  }

  /**
   * Pages overlap by the second in which a full one ends, since it may go on; those of it that came are left out by their number. One that is not full says that there is
   * no more only up to `certain`: of later times history may not tell all yet, and nothing is asked for beyond them.
   */
  async *#prints(
    listing: Listing,
    contract: ContractName,
    { from, to, certain }: { readonly from: Micros; readonly to: Micros; readonly certain: Micros },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly RawTrade[]> {
    const { clock, regularHoursOnly } = this.#options;
    const context = this.#context(listing);
    using connection = this.#options.open();
    const kept = this.#keptFrom();
    let start = secondOf(from);
    let edge: readonly RawTrade[] = [];
    let emptyDays = 0;
    let isLacking = false;
    while (start < to && start <= clock.nowMicros() + CLOCKS_APART) {
      const request = {
        type: 'past-trades',
        contract,
        start: writeTime(start),
        count: PRINTS_PAGE,
        regularHoursOnly,
      } as const;
      const answer = await connection.ask(request, listing.instrument, signal);
      const receiveTime = clock.nowMicros();
      const read = answer.map((fields) => readTrades(fields, context, listing, receiveTime));
      const [problem] = read.flatMap(({ refusals }) => refusals);
      if (problem !== undefined) throw unreadable(problem.message);
      const trades = read.flatMap((part) => part.trades);
      const last = trades.at(-1)?.eventTime;
      if (last == null) {
        // Nothing is told across a day without prints: there may be more after it.
        isLacking ||= start < kept;
        emptyDays++;
        const next = (Math.floor(start / DAY) + 1) * DAY;
        if (next > certain) break;
        start = emptyDays < EMPTY_DAYS_MAX ? next : Math.max(next, kept);
        edge = [];
        continue;
      }
      emptyDays = 0;
      yield missingPrints(trades, edge).missing;
      if (trades.length < PRINTS_PAGE) {
        if (last > certain) break;
        start = last + MICROS_PER_SECOND;
        edge = [];
      } else if (last > start) {
        start = last;
        edge = trades.filter(({ eventTime }) => eventTime === last);
      } else throw new NotOffered(`ib tells no more than ${PRINTS_PAGE} prints of one second`);
    }
    if (isLacking) throw notKept('prints', kept);
  }

  #keptFrom(): Micros {
    return Math.ceil((this.#options.clock.nowMicros() - KEPT) / DAY) * DAY;
  }

  #context(listing: Listing): ParserContext {
    const { clock, replica } = this.#options;
    return {
      session: newSessionId(listing.source, `${replica}-history`, clock),
      ordinals: { next: 1 },
      listings: new Map([[listing.symbol, listing]]),
    };
  }
}

/** Of an instrument with the symbol that it has now. */
function keyOf({ instrument, symbol }: Listing): string {
  return `${instrument} ${symbol}`;
}

function namedBy(listing: Listing): ContractName {
  const contract = contractOf(listing);
  if (contract === undefined) throw new NotOffered(`ib: the symbol "${listing.symbol}" names no contract`);
  return contract;
}

/** It is asked for again, as long as any history that cannot be had now. */
function tooEarly(what: string): HistoryFailed {
  return new HistoryFailed('history-busy', `ib: ${what}`);
}

function notKept(what: string, since: Micros): NotOffered {
  const day = writeTime(since).slice(0, 8);
  return new NotOffered(`ib keeps ${what} for six months: what it has before ${day} may not be all`, since);
}

function unreadable(what: string): HistoryFailed {
  return new HistoryFailed('history-unreadable', `ib: ${what}`);
}
