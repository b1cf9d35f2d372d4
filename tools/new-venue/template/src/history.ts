import {
  AnswerReader,
  barsOf,
  isObject,
  NotOffered,
  pastBarRecord,
  RestHistory,
  type HistoryOptions,
  type HistoryStep,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestVenue,
  type Stretch,
  type Unread,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { formatMicros, INTERVALS, parseRfc3339, type Interval, type Micros } from '@concord/model';
import { isBarInterval } from './config.ts';
import type { BarEntry } from './messages.ts';
import { readTrade } from './parse.ts';

/** Records in one answer at most. */
const PAGE = 1_000;

const answers = new AnswerReader('example');

/** REPLACE THIS: the venue's past, from REST. Here `/trades` and `/bars` give what is at or after an id or a time, oldest first. */
export class ExampleHistory extends RestHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // 600 requests a minute, half of them kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 60_000, weight: 600, reserveShare: 0.5 }],
    };
    super(venue, options, firstStep, repairStep);
  }
}

function firstStep(stretch: Stretch): HistoryStep | undefined {
  if (stretch.dataType === 'trades') return trades(stretch, { since: formatMicros(stretch.from) });
  if (stretch.dataType === 'bars') return bars(stretch);
  throw new NotOffered('example offers no history of quotes');
}

function repairStep(hole: HoleToRepair): HistoryStep | undefined {
  if (hole.kind === 'quotes') throw new NotOffered('example offers no history of quotes');
  if (hole.kind === 'bars') {
    const stretch = barsOf(hole);
    return stretch === undefined ? undefined : bars(stretch);
  }
  const { ids } = hole;
  return ids === null ? undefined : trades(hole, { from_id: ids.first }, ids.last ?? Infinity);
}

/** `lastId`: nothing after it is wanted. */
function trades(
  { context, listing, ...rest }: Pick<Stretch, 'context' | 'listing'> & { readonly to?: Micros },
  start: { readonly since: string } | { readonly from_id: number },
  lastId = Infinity,
): HistoryStep {
  return {
    path: '/trades',
    query: { symbol: listing.symbol, ...start, limit: PAGE },
    read: (text, receiveTime) => {
      const records = readTrades(text, context, listing, receiveTime);
      const newest = records.at(-1);
      const isMore = records.length === PAGE && newest !== undefined;
      const isPast = Number(newest?.lastId) >= lastId || (newest?.eventTime ?? 0) >= (rest.to ?? Infinity);
      const next = { from_id: Number(newest?.lastId) + 1 };
      return {
        records,
        next: isMore && !isPast ? trades({ context, listing, ...rest }, next, lastId) : undefined,
      };
    },
  };
}

function bars(stretch: Stretch): HistoryStep | undefined {
  const { context, listing, interval, from, to } = stretch;
  if (!isBarInterval(interval)) throw new NotOffered(`example offers no bars of ${String(interval)}`);
  if (from >= to) return undefined;
  return {
    path: '/bars',
    query: { symbol: listing.symbol, interval, since: formatMicros(from), limit: PAGE },
    read: (text, receiveTime) => {
      const records = readBars(text, context, listing, interval, receiveTime);
      const newest = records.length === PAGE ? records.at(-1) : undefined;
      return {
        records,
        next:
          newest === undefined ? undefined : bars({ ...stretch, from: newest.start + INTERVALS[interval] }),
      };
    },
  };
}

function rows(text: string): readonly unknown[] {
  const answer = answers.json(text);
  if (!Array.isArray(answer)) throw answers.unreadable('expected a list');
  return answer;
}

/** An answer of `/trades`, oldest first. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text).map((row) => {
    const trade = readTrade(isObject(row) ? row : {}, { listing, origin: 'BACKFILL', receiveTime }, context);
    if ('code' in trade) throw answers.unreadable(trade.message);
    return trade;
  });
}

/** An answer of `/bars`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readBars(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return rows(text).map((row) => {
    const entry = (isObject(row) ? row : {}) as Unread<BarEntry>;
    const start = parseRfc3339(String(entry.start));
    if (start === undefined) throw answers.unreadable('start: expected RFC 3339');
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start,
      open: answers.decimal(entry.open),
      high: answers.decimal(entry.high),
      low: answers.decimal(entry.low),
      close: answers.decimal(entry.close),
      volume: answers.decimal(entry.volume),
      quoteVolume: null,
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
    });
  });
}
