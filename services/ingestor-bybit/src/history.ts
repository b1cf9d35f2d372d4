import {
  AnswerReader,
  barsBySpan,
  HistoryFailed,
  isObject,
  NotOffered,
  pastBarRecord,
  pastTradeRecord,
  readMilliseconds,
  VenueHistory,
  type BarSpans,
  type HistoryOptions,
  type HistoryStep,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestAnswer,
  type RestVenue,
  type Stretch,
  type Unread,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_MS, type Interval, type Micros } from '@concord/model';
import { INTERVAL_CODES, isBarInterval, type BybitOptions } from './config.ts';
import type { RecentTrade } from './messages.ts';
import { conditionsOf } from './parse.ts';

type Category = BybitOptions['category'];

/** Candles in one answer at most. */
const CANDLES_MAX = 1_000;
/** Trades in one answer at most, which are all that can be had. */
const TRADES_MAX: Readonly<Record<Category, number>> = { spot: 60, linear: 1_000 };
/** What begins later than this from now is to come, whatever the venue's clock says. */
const AHEAD: Micros = 60_000_000;
const BAN_MS = 600_000;
/** https://bybit-exchange.github.io/docs/v5/error (read 2026-07-24). */
const TOO_MANY_VISITS = '{"retCode":10006,';
const TOO_MANY_VISITS_MS = 1_000;
const DIGITS = /^\d{1,16}$/;

const answers = new AnswerReader('bybit');

/**
 * Bybit's past, from REST: candles of any time, and of trades the newest page, which no cursor leads on from
 * (https://bybit-exchange.github.io/docs/v5/market/kline, …/recent-trade). A window without a trade is a flat candle.
 */
export class BybitHistory extends VenueHistory {
  constructor(restUrls: readonly string[], { category }: BybitOptions, options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // By address. A tenth is left unused, since going over costs ten minutes; half is kept for repairs, of which an outage brings many at once.
      limits: [{ windowMs: 5_000, weight: 540, reserveShare: 0.5 }],
      busyMs,
    };
    const past = {
      bars: (stretch: Stretch, interval: Interval) => {
        if (!isBarInterval(interval)) throw new NotOffered(`bybit offers no bars of ${interval}`);
        return barsBySpan(candlesOf(category, INTERVAL_CODES[interval]), stretch, interval);
      },
      trades: (stretch: Stretch) => {
        const isToCome = stretch.from > options.clock.nowMicros() + AHEAD;
        return isToCome ? undefined : newestTrades(stretch, category, stretch.from);
      },
      missedTrades: (hole: HoleToRepair) => newestTrades(hole, category, null),
    };
    super('bybit', venue, past, options);
  }
}

/** Who goes over the limit gets 403 and must wait ten minutes; a service that is asked too much says so in a sound answer. */
function busyMs({ status, text }: Pick<RestAnswer, 'status' | 'text'>): number | undefined {
  if (status === 403) return BAN_MS;
  return text.startsWith(TOO_MANY_VISITS) ? TOO_MANY_VISITS_MS : undefined;
}

/** Both ends are given, since a page that holds only some of the candles between them holds the newest. */
function candlesOf(category: Category, code: string): BarSpans {
  return {
    size: CANDLES_MAX,
    between: ({ symbol }, _interval, first, last) => ({
      path: '/v5/market/kline',
      query: {
        category,
        symbol,
        interval: code,
        start: first / MICROS_PER_MS,
        end: last / MICROS_PER_MS,
        limit: CANDLES_MAX,
      },
    }),
    read: (...answer) => readKlines(category, ...answer),
  };
}

type Instrument = Pick<Stretch, 'context' | 'listing'>;

/** `from`: a page that is full and begins later lacks what was before it. */
function newestTrades(
  { context, listing }: Instrument,
  category: Category,
  from: Micros | null,
): HistoryStep {
  const size = TRADES_MAX[category];
  return {
    path: '/v5/market/recent-trade',
    query: { category, symbol: listing.symbol, limit: size },
    read: (text, receiveTime) => {
      const records = readRecentTrades(category, text, context, listing, receiveTime);
      const oldest = records[0]?.eventTime;
      const isCut = from !== null && oldest != null && oldest >= from && records.length >= size;
      const lacking = isCut
        ? new NotOffered(`bybit gives the newest ${size} trades alone`, oldest + MICROS_PER_MS)
        : undefined;
      return { records, next: undefined, lacking };
    },
  };
}

/** The rows of an answer, oldest first: the venue lists the newest first. */
function rows(text: string, category: Category): { list: unknown[]; symbol: unknown } {
  const answer = answers.json(text);
  if (!isObject(answer)) throw answers.unreadable('the answer is not an object');
  const { retCode, retMsg, result } = answer;
  if (retCode !== 0)
    throw new HistoryFailed('history-refused', `bybit: ${String(retMsg)} (retCode ${String(retCode)})`);
  if (!isObject(result)) throw answers.unreadable('result: expected an object');
  answers.expectAbout(category, result['category']);
  const { list, symbol } = result;
  if (!Array.isArray(list)) throw answers.unreadable('result.list: expected a list');
  return { list: list.toReversed() as unknown[], symbol };
}

function milliseconds(value: unknown): Micros {
  const time = readMilliseconds(value);
  if (time === undefined)
    throw answers.unreadable(`expected milliseconds since 1970 as text, got ${JSON.stringify(value)}`);
  return time;
}

/** An answer of `/v5/market/kline`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readKlines(
  category: Category,
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  const { list, symbol } = rows(text, category);
  answers.expectAbout(listing.symbol, symbol);
  return list.map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('result.list: expected lists');
    const [start, open, high, low, close, volume, turnover] = row as unknown[];
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start: milliseconds(start),
      open: answers.decimal(open),
      high: answers.decimal(high),
      low: answers.decimal(low),
      close: answers.decimal(close),
      volume: answers.decimal(volume),
      quoteVolume: answers.decimal(turnover),
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
    });
  });
}

/** An answer of `/v5/market/recent-trade`, in the same form as the live stream's, oldest first. Throws `HistoryFailed`. */
export function readRecentTrades(
  category: Category,
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text, category).list.map((row) => {
    if (!isObject(row)) throw answers.unreadable('result.list: expected objects');
    answers.expectAbout(listing.symbol, row['symbol']);
    const { execId: id, side, seq, time, price, size, isBlockTrade, isRPITrade } = row as Unread<RecentTrade>;
    if (typeof id !== 'string' || id === '' || (side !== 'Buy' && side !== 'Sell'))
      throw answers.unreadable('execId, side: expected an id as text and Buy or Sell');
    const trade = pastTradeRecord(context, listing, id, {
      receiveTime,
      eventTime: milliseconds(time),
      precision: 'MILLISECOND',
      venueSequence: typeof seq === 'string' && DIGITS.test(seq) ? Number(seq) : null,
      idKind: 'OPAQUE',
      price: answers.decimal(price),
      size: answers.decimal(size),
      side: side === 'Buy' ? 'BUY' : 'SELL',
    });
    const conditions = conditionsOf(isBlockTrade === true, isRPITrade === true);
    return conditions === undefined ? trade : { ...trade, conditions };
  });
}
