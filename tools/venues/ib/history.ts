import type { QuoteEvent } from '../market/events.ts';
import type { Fill } from '../tape/trade-ring.ts';
import { BAR_KINDS, BAR_SECONDS, barsOf, durationSeconds, type PriceOf, type PricedBar } from './bars.ts';
import { NOTICES, type Notice } from './codes.ts';
import type { Contract } from './contracts.ts';
import * as messages from './messages.ts';
import type { QuoteRing } from './quote-ring.ts';
import type { BarsRequest, TicksRequest } from './requests.ts';
import { dayText, parseTime, seconds, utcTime, zonedTime } from './zone-time.ts';

const SECOND = 1_000_000;
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** Of the week's last day of trading, after its Monday. */
const FRIDAY = 4 * DAY_SECONDS * SECOND;
const SUNDAY = 6 * DAY_SECONDS * SECOND;
const TICKS_MAX = 1_000;

/** What a historical request is answered from. */
export interface Past {
  readonly contract: Contract;
  readonly quotes: QuoteRing;
  /** The venue's time now, and the time up to which history is shown. */
  readonly now: number;
  readonly horizon: number;
  /** Bars of a recording, in place of the listing's own. */
  readonly recorded: readonly PricedBar[] | undefined;
}

/** A request for bars that has been checked. */
export interface BarQuery {
  readonly of: PriceOf;
  readonly lengthMicros: number;
  readonly from: number;
  readonly to: number;
  readonly date: (startMicros: number) => string;
}

/** Reads a request for bars; the notice says what is wrong with it. */
export function readBarQuery(request: BarsRequest, contract: Contract, now: number): BarQuery | Notice {
  const { barSize, duration, whatToShow, end } = request;
  const barSeconds = BAR_SECONDS[barSize];
  if (barSeconds === undefined)
    return NOTICES.invalid(
      `Historical data bar size setting is invalid. Legal ones are: ${Object.keys(BAR_SECONDS).join(', ')}`,
    );
  const of = BAR_KINDS[whatToShow.toUpperCase()];
  if (of === undefined) return NOTICES.invalid(`Historical data type '${whatToShow}' is not served`);
  const asked = durationSeconds(duration);
  if (asked === undefined) return NOTICES.invalid('Historical data request duration format is invalid');
  if (request.keepUpToDate && end !== '')
    return NOTICES.invalid('End time not supported with keepUpToDate subscription');
  if (request.keepUpToDate && of === 'bid-ask')
    return NOTICES.invalid(`Historical data type '${whatToShow}' does not go on with keepUpToDate`);
  const to = end === '' ? now : parseTime(end, contract.timeZone);
  if (to === undefined) return NOTICES.badTime;
  const date = (start: number): string => {
    const day = barSeconds < WEEK_SECONDS ? start : lastDayOf(start, contract, now);
    return barDate(day, barSeconds, request.formatDate, contract.timeZone);
  };
  return { of, lengthMicros: barSeconds * SECOND, from: to - asked * SECOND, to, date };
}

/** A week is dated by its last day of trading (https://github.com/stoqey/ibkr/issues/149), one that goes on by today. */
function lastDayOf(monday: number, { secType }: Contract, now: number): number {
  return Math.min(monday + (secType === 'STK' ? FRIDAY : SUNDAY), now);
}

function barDate(start: number, barSeconds: number, format: number, zone: string): string {
  if (barSeconds >= DAY_SECONDS) return dayText(start);
  return format === 2 ? String(seconds(start)) : zonedTime(start, zone);
}

export function barsIn(past: Past, { of, lengthMicros, from, to }: BarQuery): readonly PricedBar[] {
  const { contract, quotes, recorded, horizon } = past;
  const last = Math.min(to - 1, horizon);
  if (recorded !== undefined)
    return recorded.filter(({ start }) => start >= from && start + lengthMicros <= last);
  return barsOf(contract.listing, quotes, of, lengthMicros, from, last);
}

/** The message that answers a request for bars, or a notice that there are none. */
export function answerBars(
  request: BarsRequest,
  query: BarQuery,
  bars: readonly PricedBar[],
  contract: Contract,
): string {
  const { id } = request;
  if (bars.length === 0) {
    const none = NOTICES.noData(contract.symbol, request.contract.exchange, request.whatToShow);
    return messages.notice(none, id);
  }
  const zone = contract.timeZone;
  const dated = bars.map(({ start, texts }) => ({ date: query.date(start), texts }));
  return messages.historicalBars(id, zonedTime(query.from, zone), zonedTime(query.to, zone), dated);
}

/**
 * The answer to a request for ticks: up to `count` from `start` on, else the last `count` up to `end`, and all ticks of the second in which
 * that number is reached. Times are compared exactly, though clients see whole seconds.
 */
export function answerTicks(request: TicksRequest, past: Past): string | Notice {
  const { id, count, whatToShow } = request;
  const { contract } = past;
  if (!(count > 0 && count <= TICKS_MAX))
    return NOTICES.invalid(`Number of ticks must be from 1 to ${TICKS_MAX}`);
  const [start, end] = [request.start, request.end].map((text) =>
    text === '' ? undefined : parseTime(text, contract.timeZone),
  );
  const isReadable =
    (start !== undefined || request.start === '') && (end !== undefined || request.end === '');
  if (!isReadable || (start === undefined && end === undefined)) return NOTICES.badTime;
  const window: Window = { from: start, to: Math.min(end ?? past.now, past.horizon), count };
  switch (whatToShow.toUpperCase()) {
    case 'TRADES':
    case 'AGGTRADES':
      return messages.historicalTrades(id, contract, tradesIn(contract, window));
    case 'BID_ASK':
      return messages.historicalQuotes(id, contract, quotesIn(past.quotes, window));
    case 'MIDPOINT':
      return messages.historicalMiddles(id, contract, quotesIn(past.quotes, window));
    default:
      return NOTICES.invalid(`Historical ticks of '${whatToShow}' are not served`);
  }
}

interface Window {
  /** `undefined`: the last ones up to `to`. */
  readonly from: number | undefined;
  readonly to: number;
  readonly count: number;
}

export function tradesIn({ listing: { trades } }: Contract, { from, to, count }: Window): Fill[] {
  const end = trades.firstIdFrom(to + 1);
  if (from !== undefined) {
    const first = trades.firstIdFrom(from);
    let next = Math.min(first + count, end);
    const second = seconds(trades.get(next - 1)?.at ?? 0);
    while (next < end && seconds(trades.get(next)?.at ?? 0) === second) next++;
    return trades.range(first, next);
  }
  let first = Math.max(trades.oldestId, end - count);
  const second = seconds(trades.get(first)?.at ?? 0);
  while (first > trades.oldestId && seconds(trades.get(first - 1)?.at ?? 0) === second) first--;
  return trades.range(first, end);
}

function quotesIn(quotes: QuoteRing, { from, to, count }: Window): QuoteEvent[] {
  const all = quotes.range(from ?? 0, to);
  if (from !== undefined) {
    const last = all[Math.min(count, all.length) - 1];
    return last === undefined ? [] : all.filter((one, i) => i < count || inSecondOf(one, last));
  }
  const first = all[Math.max(0, all.length - count)];
  return first === undefined ? [] : all.filter((one, i) => i >= all.length - count || inSecondOf(one, first));
}

function inSecondOf(one: QuoteEvent, other: QuoteEvent): boolean {
  return seconds(one.venueAt) === seconds(other.venueAt);
}

/** When the data of a contract begins, as seconds or text. */
export function headTimeText({ contract }: Past, format: number): string {
  const start = contract.listing.bars.firstMinute?.start ?? 0;
  return format === 2 ? String(seconds(start)) : utcTime(start);
}
