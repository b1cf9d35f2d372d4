import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS, type Interval, type Micros } from '@concord/model';
import { HistoryFailed } from '../errors.ts';
import type { ParserContext } from '../frame/frame.ts';
import type { Listing } from '../listing.ts';
import type { HistoryStep, HoleToRepair, Stretch } from './history.ts';
import type { RestRequest } from './rest-host.ts';

/** Where a venue gives trades from an id on. */
export interface TradePages {
  /** Trades in one answer at most. */
  readonly size: number;
  /** Asks for the trades from an id on; older ones may come with them. */
  from(listing: Listing, id: number): RestRequest;
  /** An answer's trades, oldest first. Throws `HistoryFailed`. */
  read(text: string, context: ParserContext, listing: Listing, receiveTime: Micros): RawTrade[];
}

/** The trade with which a way through trades may end; without it, the newest. */
export interface LastTrade {
  /** Its id, or a later one. */
  readonly id?: number | null;
  /** Its time, or a later one. */
  readonly time?: Micros;
}

/**
 * Trades page after page by their ids, which leaves nothing out where many share a time. `start`: the first id, or the request for a first page that is
 * found otherwise. It ends with a page that is not full, or that reaches `end`.
 */
export function tradesById(
  pages: TradePages,
  of: Pick<Stretch, 'context' | 'listing'>,
  start: number | RestRequest,
  end: LastTrade,
): HistoryStep {
  const { context, listing } = of;
  const firstId = typeof start === 'number' ? start : null;
  return {
    ...(typeof start === 'number' ? pages.from(listing, start) : start),
    read: (text, receiveTime) => {
      const page = pages.read(text, context, listing, receiveTime);
      const records = firstId === null ? page : page.filter((trade) => idOf(trade) >= firstId);
      const last = records.at(-1);
      if (last === undefined) return { records, next: undefined };
      const nextId = idOf(last) + 1;
      // One that begins before what the venue still has is filled up with older ones, and full all the same.
      const isFull = records.length >= pages.size || (firstId !== null && nextId >= firstId + pages.size);
      const isEnd = idOf(last) >= (end.id ?? Infinity) || (last.eventTime ?? 0) >= (end.time ?? Infinity);
      return { records, next: isFull && !isEnd ? tradesById(pages, of, nextId, end) : undefined };
    },
  };
}

/** The trades in a hole by their ids; `undefined` where they are not known. */
export function missedById(pages: TradePages, hole: HoleToRepair): HistoryStep | undefined {
  const { ids } = hole;
  return ids === null ? undefined : tradesById(pages, hole, ids.first, { id: ids.last });
}

function idOf({ lastId }: RawTrade): number {
  return Number(lastId);
}

/** An answer's bars, oldest first. Throws `HistoryFailed`. */
type ReadBars = (
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
) => RawBar[];

/** Where a venue gives the oldest bars from a time on. */
export interface BarPages {
  /** Bars in one answer at most. */
  readonly size: number;
  /** Asks for the bars that start at `stretch.from` or later. */
  from(stretch: Stretch, interval: Interval): RestRequest;
  readonly read: ReadBars;
}

/** Bars page after page, each from the end of the one before, until one is not full: where the venue has none, nothing is asked for. */
export function barsFrom(pages: BarPages, stretch: Stretch, interval: Interval): HistoryStep | undefined {
  const { context, listing, from, to } = stretch;
  if (from >= to) return undefined;
  return {
    ...pages.from(stretch, interval),
    read: (text, receiveTime) => {
      const records = pages.read(text, context, listing, interval, receiveTime);
      const last = records.length < pages.size ? undefined : records.at(-1);
      if (last !== undefined && last.end <= from)
        throw new HistoryFailed(
          'history-unreadable',
          `${listing.source}: expected bars that start at ${from} µs or later, got a page that ends at ${last.end}`,
        );
      return {
        records,
        next: last === undefined ? undefined : barsFrom(pages, { ...stretch, from: last.end }, interval),
      };
    },
  };
}

/** Where a venue gives the newest bars of a span. */
export interface BarSpans {
  /** Bars in one answer at most. */
  readonly size: number;
  /** Asks for the bars that start between `first` and `last`, both included. */
  between(listing: Listing, interval: Interval, first: Micros, last: Micros): RestRequest;
  /** The same, where the answer did not reach `last`: of a second list, which has the newest. */
  newest?: ((listing: Listing, interval: Interval, first: Micros, last: Micros) => RestRequest) | undefined;
  readonly read: ReadBars;
}

/** Bars span after span, each of as many as a page holds, so that none is cut off. */
export function barsBySpan(
  spans: BarSpans,
  stretch: Stretch,
  interval: Interval,
  ask: 'between' | 'newest' = 'between',
): HistoryStep | undefined {
  const { context, listing, from, to } = stretch;
  const length = INTERVALS[interval];
  const first = Math.ceil(from / length) * length;
  if (first >= to) return undefined;
  const last = Math.min(first + length * (spans.size - 1), Math.ceil(to / length) * length - length);
  const request = (ask === 'newest' ? spans.newest : undefined) ?? spans.between;
  return {
    ...request(listing, interval, first, last),
    read: (text, receiveTime) => {
      const records = spans
        .read(text, context, listing, interval, receiveTime)
        .filter(({ start }) => start >= first && start <= last);
      const reached = records.at(-1)?.end ?? first;
      const isShort = ask === 'between' && spans.newest !== undefined && reached <= last;
      return {
        records,
        next: isShort
          ? barsBySpan(spans, { ...stretch, from: reached }, interval, 'newest')
          : barsBySpan(spans, { ...stretch, from: last + length }, interval),
      };
    },
  };
}
