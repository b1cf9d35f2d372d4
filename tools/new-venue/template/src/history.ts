import {
  AnswerReader,
  barsFrom,
  isObject,
  missedById,
  NotOffered,
  pastBarRecord,
  tradesById,
  VenueHistory,
  type BarPages,
  type HistoryOptions,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestRequest,
  type RestVenue,
  type Stretch,
  type TradePages,
  type Unread,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { formatMicros, parseRfc3339, type Interval, type Micros } from '@concord/model';
import { isBarInterval } from './config.ts';
import type { BarEntry } from './messages.ts';
import { readTrade } from './parse.ts';

/** Records in one answer at most. */
const PAGE = 1_000;

const answers = new AnswerReader('example');

/** REPLACE THIS: the venue's past, from REST. Here `/trades` and `/bars` give what is at or after an id or a time, oldest first, and say of which symbol. */
export class ExampleHistory extends VenueHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // 600 requests a minute, half of them kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 60_000, weight: 600, reserveShare: 0.5 }],
    };
    const past = {
      bars: (stretch: Stretch, interval: Interval) => {
        if (!isBarInterval(interval)) throw new NotOffered(`example offers no bars of ${interval}`);
        return barsFrom(BARS, stretch, interval);
      },
      trades: (stretch: Stretch) => {
        const first = trades(stretch.listing, { since: formatMicros(stretch.from) });
        return tradesById(TRADES, stretch, first, { time: stretch.to });
      },
      missedTrades: (hole: HoleToRepair) => missedById(TRADES, hole),
    };
    super('example', venue, past, options);
  }
}

function trades(
  { symbol }: Listing,
  start: { readonly since: string } | { readonly from_id: number },
): RestRequest {
  return { path: '/trades', query: { symbol, ...start, limit: PAGE } };
}

const TRADES: TradePages = {
  size: PAGE,
  from: (listing, id) => trades(listing, { from_id: id }),
  read: readTrades,
};

const BARS: BarPages = {
  size: PAGE,
  from: ({ listing, from }, interval) => ({
    path: '/bars',
    query: { symbol: listing.symbol, interval, since: formatMicros(from), limit: PAGE },
  }),
  read: readBars,
};

/** The rows of an answer, which says what it is about. */
function rows(text: string, list: 'trades' | 'bars', { symbol }: Listing): readonly unknown[] {
  const answer = answers.json(text);
  if (!isObject(answer)) throw answers.unreadable('expected an object');
  answers.expectAbout(symbol, answer['symbol']);
  const found = answer[list];
  if (!Array.isArray(found)) throw answers.unreadable(`${list}: expected a list`);
  return found;
}

/** An answer of `/trades`, oldest first. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text, 'trades', listing).map((row) => {
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
  return rows(text, 'bars', listing).map((row) => {
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
