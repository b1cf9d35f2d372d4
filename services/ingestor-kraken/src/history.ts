import {
  AnswerReader,
  HistoryFailed,
  isObject,
  NotOffered,
  parseExactJson,
  pastBarRecord,
  pastTradeRecord,
  VenueHistory,
  type ExactJson,
  type HistoryOptions,
  type HistoryStep,
  type HoleToRepair,
  type Listing,
  type ParserContext,
  type RestVenue,
  type Stretch,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS, MICROS_PER_SECOND, type Interval, type Micros } from '@concord/model';
import { isBarInterval, minutesOf } from './config.ts';

const TRADES_PAGE = 1_000;
/** Bars that can be had. */
const BARS_MAX = 720;
/** How far before its end the beginning of a hole is looked for first, where it is not known, and at most. */
const BACK: Micros = 60 * MICROS_PER_SECOND;
const BACK_MAX: Micros = 30 * 86_400 * MICROS_PER_SECOND;
/** Limits and overload come with HTTP 200. The counter behind the limit falls by one in a few seconds. */
const BUSY = /^\{"error":\["(?:EAPI:Rate limit|EGeneral:Too many|EService:)/;
const BUSY_MS = 5_000;

const answers = new AnswerReader('kraken');

/**
 * Kraken's past, from REST: trades from a cursor in nanoseconds, and the last 720 bars of an interval - older ones are not to be had
 * (https://docs.kraken.com/api/docs/rest-api/get-recent-trades, …/get-ohlc-data).
 */
export class KrakenHistory extends VenueHistory {
  constructor(restUrls: readonly string[], options: HistoryOptions) {
    const venue: RestVenue = {
      urls: restUrls,
      // About one public request a second for an address: too little to keep a part for repairs, which go first.
      limits: [{ windowMs: 1_000, weight: 1, reserveShare: 0 }],
      busyMs: ({ text }) => (BUSY.test(text) ? BUSY_MS : undefined),
    };
    const past = {
      bars: (stretch: Stretch, interval: Interval) => {
        if (!isBarInterval(interval)) throw new NotOffered(`kraken offers no bars of ${interval}`);
        return bars(stretch, interval);
      },
      trades: ({ context, listing, from, to }: Stretch) =>
        trades({ context, listing, isEnd: ({ eventTime }) => (eventTime ?? to) >= to }, sinceOf(from)),
      missedTrades: (hole: HoleToRepair) => missedTrades(hole, BACK),
    };
    super('kraken', venue, past, options);
  }
}

function bars({ context, listing, from }: Stretch, interval: Interval): HistoryStep {
  // `since` is exclusive.
  const since = Math.ceil(from / MICROS_PER_SECOND) - 1;
  return {
    path: '/0/public/OHLC',
    query: { pair: listing.symbol, interval: minutesOf(interval), since },
    read: (text, receiveTime) => {
      const records = readBars(text, context, listing, interval, receiveTime);
      const first = records[0]?.start ?? 0;
      const isCut = records.length >= BARS_MAX && first >= from + INTERVALS[interval];
      const lacking = isCut
        ? new NotOffered(`kraken gives the last ${BARS_MAX} bars alone`, first)
        : undefined;
      return { records, next: undefined, lacking };
    },
  };
}

/** A way through trades, page after page, until one is the last that is wanted. */
interface Walk {
  readonly context: ParserContext;
  readonly listing: Listing;
  isEnd(last: RawTrade): boolean;
}

/** The cursor, in nanoseconds, of which trades of this time and later are: it is exclusive. */
function sinceOf(time: Micros): string {
  return String(BigInt(time) * 1_000n - 1n);
}

function trades(walk: Walk, since: string): HistoryStep {
  const { context, listing, isEnd } = walk;
  return {
    path: '/0/public/Trades',
    query: { pair: listing.symbol, since, count: TRADES_PAGE },
    read: (text, receiveTime) => {
      const { trades: records, last: cursor } = readTrades(text, context, listing, receiveTime);
      const last = records.length < TRADES_PAGE ? undefined : records.at(-1);
      const isOver = last === undefined || cursor === since || isEnd(last);
      return { records, next: isOver ? undefined : trades(walk, cursor) };
    },
  };
}

/**
 * There is no paging by id: it begins with the time of the record before the hole. Where that is not known, or comes too late since the venue's clock was ahead, the
 * beginning is looked for backwards, further each time; ids tell when it is reached.
 */
function missedTrades(hole: HoleToRepair, back: Micros): HistoryStep {
  const { context, listing, ids, from, before, now } = hole;
  const isEnd = ({ lastId }: RawTrade): boolean => ids?.last != null && Number(lastId) >= ids.last;
  const latest = Math.min(from ?? now, before?.eventTime ?? now, now);
  const step = trades({ context, listing, isEnd }, sinceOf(from ?? latest - back));
  if (ids === null || back >= BACK_MAX) return step;
  return {
    ...step,
    read: (text, receiveTime) => {
      const answer = step.read(text, receiveTime);
      const [oldest] = answer.records;
      const isReached = oldest !== undefined && Number(oldest.firstId) <= ids.first;
      if (isReached) return answer;
      const earlier = from === null ? hole : { ...hole, from: null, before: null, now: latest };
      return { records: [], next: missedTrades(earlier, from === null ? back * 4 : back) };
    },
  };
}

/** Seconds with a fraction, exactly; what is finer than a microsecond is cut. */
function micros(value: ExactJson | undefined): Micros {
  return Number(answers.decimal(value) / 1_000_000n);
}

/** REST keeps old names of assets (https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs, 2026-07). */
const OLD_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

/** Some have a letter in front, too. */
function namesOf(asset: string): string[] {
  const own = [asset, OLD_NAMES[asset] ?? asset];
  return own.flatMap((name) => [name, `X${name}`, `Z${name}`]);
}

/** Whether an answer calls a pair so: `BTC/USD` is `XXBTZUSD`, `XBTUSD`, `XBT/USD`. */
function isNameOf(symbol: string, name: string): boolean {
  const [base = '', quote = ''] = symbol.split('/');
  return namesOf(base).some((first) =>
    namesOf(quote).some((second) => name === `${first}${second}` || name === `${first}/${second}`),
  );
}

function resultOf(text: string, { symbol }: Listing): { rows: readonly ExactJson[]; last: string } {
  const answer = parseExactJson(text);
  if (!isObject(answer)) throw answers.unreadable('the answer is not a JSON object');
  const { error, result } = answer;
  if (Array.isArray(error) && error.length > 0) {
    throw new HistoryFailed(
      'history-refused',
      `kraken: ${error.map((one) => JSON.stringify(one)).join(', ')}`,
    );
  }
  if (!isObject(result)) throw answers.unreadable('result: expected an object');
  const { last, ...pairs } = result;
  const [name, ...others] = Object.keys(pairs);
  if (name === undefined || others.length > 0 || !isNameOf(symbol, name))
    answers.expectAbout(symbol, Object.keys(pairs).join(', '));
  const rows = Object.values(pairs)[0];
  if (!Array.isArray(rows)) throw answers.unreadable('result: expected a list of rows');
  return { rows, last: typeof last === 'string' ? last : '' };
}

/** An answer of `/0/public/OHLC`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readBars(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return resultOf(text, listing).rows.map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('expected rows');
    const [time, open, high, low, close, vwap, volume, count] = row;
    const traded = answers.decimal(volume);
    return pastBarRecord(context, listing, {
      receiveTime,
      interval,
      start: micros(time),
      open: answers.decimal(open),
      high: answers.decimal(high),
      low: answers.decimal(low),
      close: answers.decimal(close),
      volume: traded,
      quoteVolume: null,
      vwap: traded === 0n ? null : answers.decimal(vwap),
      tradeCount: Number(count),
      takerBuyVolume: null,
    });
  });
}

/** An answer of `/0/public/Trades`, oldest first, and the cursor for the next. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): { trades: RawTrade[]; last: string } {
  const { rows, last } = resultOf(text, listing);
  const trades = rows.map((row) => {
    if (!Array.isArray(row)) throw answers.unreadable('expected rows');
    const [price, size, time, side, , , id] = row;
    if (typeof id !== 'string' || (side !== 'b' && side !== 's'))
      throw answers.unreadable('expected a side and an id');
    return pastTradeRecord(context, listing, id, {
      receiveTime,
      eventTime: micros(time),
      precision: 'NANOSECOND',
      price: answers.decimal(price),
      size: answers.decimal(size),
      side: side === 'b' ? 'BUY' : 'SELL',
    });
  });
  return { trades, last };
}
