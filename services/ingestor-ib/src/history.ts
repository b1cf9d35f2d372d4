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
  type Listing,
  type ParserContext,
} from '@concord/sources';
import { barSeriesOf, contractOf, type ContractName } from './contract.ts';
import type { HistoryConnection } from './history-connection.ts';
import { CERTAIN, missingPrints, secondOf } from './prints.ts';
import { writeTime } from './quantities.ts';
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
/** The venue's clock is no further from ours than this: nothing is asked for beyond it. */
const CLOCKS_APART: Micros = INTERVALS['1h'];

export interface HistoryOptions {
  readonly clock: Clock;
  readonly replica: string;
  readonly regularHoursOnly: boolean;
  open(): HistoryConnection;
}

export interface PrintStretch {
  readonly from: Micros;
  readonly to: Micros;
  readonly certain: Micros;
}

/** Past bars and prints, over connections of their own. Times have the resolution of a second, and the venue numbers nothing. */
export class IbHistory implements Pick<History, 'pages'> {
  readonly #options: HistoryOptions;

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
      return this.prints(listing, { from, to, certain }, signal);
    }
    if (interval === null || BAR_SIZES[interval] === undefined)
      throw new NotOffered(`ib offers no bars of ${interval}`);
    return this.#within(this.#bars(listing, contract, interval, from, to, signal), from, to);
  }

  /**
   * Past prints in [from, to), oldest first, as long as history tells more; what lies after `certain` it may not tell all yet. Throws `NotOffered`,
   * `HistoryFailed`.
   */
  prints(
    listing: Listing,
    { from, to, certain }: PrintStretch,
    signal: AbortSignal | undefined,
  ): AsyncIterable<readonly RawTrade[]> {
    return this.#within(this.#prints(listing, namedBy(listing), { from, to, certain }, signal), from, to);
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
    { from, to, certain }: PrintStretch,
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

function namedBy(listing: Listing): ContractName {
  const contract = contractOf(listing);
  if (contract === undefined) throw new NotOffered(`ib: the symbol "${listing.symbol}" names no contract`);
  return contract;
}

function notKept(what: string, since: Micros): NotOffered {
  const day = writeTime(since).slice(0, 8);
  return new NotOffered(`ib keeps ${what} for six months: what it has before ${day} may not be all`, since);
}

function unreadable(what: string): HistoryFailed {
  return new HistoryFailed('history-unreadable', `ib: ${what}`);
}
