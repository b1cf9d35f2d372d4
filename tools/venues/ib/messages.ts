import type { QuoteEvent } from '../market/events.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { Fill } from '../tape/trade-ring.ts';
import { bigText, trimmedText } from '../grid.ts';
import type { Listing } from '../tape/listing.ts';
import { NO_REQUEST, type Notice } from './codes.ts';
import { localSymbol, printOf, type Contract, type MarketRule } from './contracts.ts';
import type { AccountTopic } from './requests.ts';
import { message } from './wire.ts';
import { dayText, seconds } from './zone-time.ts';

/** The version of the protocol spoken here, of TWS 10.19. It fixes the fields of every message. */
export const SERVER_VERSION = 176;
const ACCOUNT = 'DU1234567';

/** Decimal places of an average price. */
const AVERAGE_PLACES = 6;
const DAY_MICROS = 86_400_000_000;
/** What stands for a value that the venue does not have. */
export const NONE = '-1';

export function price(listing: Listing, points: number): string {
  return trimmedText(points, listing.priceGrid.decimals);
}

export function size(listing: Listing, points: number): string {
  return trimmedText(points, listing.sizeGrid.decimals);
}

export function greeting(time: string): string {
  return message(SERVER_VERSION, time);
}

export function notice({ code, text }: Notice, id = NO_REQUEST): string {
  return message(4, 2, id, code, text, '');
}

export const managedAccounts = (): string => message(15, 1, ACCOUNT);
export const nextValidId = (id: number): string => message(9, 1, id);
export const currentTime = (micros: number): string => message(49, 1, seconds(micros));
export const marketDataType = (id: number, type: number): string => message(58, 1, id, type);
export const snapshotEnd = (id: number): string => message(57, 1, id);
export const contractEnd = (id: number): string => message(52, 1, id);
export const headTime = (id: number, text: string): string => message(88, id, text);

/** The smallest step, the letter code of the exchanges behind the quote, and that snapshots are permitted. */
export function tickParameters(id: number, { listing }: Contract): string {
  return message(81, id, listing.priceTick, '9c0001', 3);
}

/** Prices come with the size of the same side; attributes are none. */
export function tickPrice(id: number, type: number, priceText: string, sizeText: string): string {
  return message(1, 6, id, type, priceText, sizeText, 0);
}

export function tickSize(id: number, type: number, sizeText: string): string {
  return message(2, 6, id, type, sizeText);
}

export function tickString(id: number, type: number, value: string): string {
  return message(46, 6, id, type, value);
}

/** Today and tomorrow, each open from midnight to midnight: the synthetic market never closes. */
function sessions(now: number): string {
  const days = [now, now + DAY_MICROS].map(dayText);
  return days.map((day) => `${day}:0000-${day}:2359`).join(';');
}

export function contractData(id: number, one: Contract, now: number): string {
  const { listing } = one;
  const rules = one.validExchanges.map(() => one.ruleId).join(',');
  const head = [id, one.symbol, one.secType, '', 0, '', one.exchange, one.currency, localSymbol(one)];
  const class_ = one.secType === 'STK' ? 'NMS' : one.symbol;
  const market = [class_, class_, one.conId, listing.priceTick, ''];
  const orders = ['ACTIVETIM,LMT,MKT', one.validExchanges.join(','), 1, 0, one.longName, one.primaryExchange];
  const hours = sessions(now);
  const trading = ['', '', '', '', one.timeZone, hours, hours, '', 0, 0];
  const rest = [1, '', '', rules, '', one.secType === 'STK' ? 'COMMON' : ''];
  const suggested = one.secType === 'STK' ? '100' : listing.sizeStep;
  return message(
    10,
    ...head,
    ...market,
    ...orders,
    ...trading,
    ...rest,
    listing.sizeStep,
    listing.sizeStep,
    suggested,
  );
}

export function symbolSamples(id: number, contracts: readonly Contract[]): string {
  const rows = contracts.flatMap((one) => [
    one.conId,
    one.symbol,
    one.secType,
    one.primaryExchange,
    one.currency,
    0,
    one.longName,
    '',
  ]);
  return message(79, id, contracts.length, ...rows);
}

export function marketRule({ id, bands }: MarketRule): string {
  return message(93, id, bands.length, ...bands.flatMap(({ lowEdge, increment }) => [lowEdge, increment]));
}

/** How each empty answer ends. */
export function nothingThere(topic: AccountTopic, id: number, account: string): string[] {
  switch (topic) {
    case 'open-orders':
      return [message(53, 1)];
    case 'account':
      return [message(54, 1, account === '' ? ACCOUNT : account)];
    case 'executions':
      return [message(55, 1, id)];
    case 'positions':
      return [message(62, 1)];
    case 'account-summary':
      return [message(64, 1, id)];
    case 'positions-multi':
      return [message(72, 1, id)];
    case 'account-multi':
      return [message(74, 1, id)];
    case 'completed-orders':
      return [message(102)];
  }
}

const TICK_TYPES = { Last: 1, AllLast: 2 } as const;

export function tickByTickTrade(
  id: number,
  type: 'Last' | 'AllLast',
  contract: Contract,
  fill: Fill,
): string {
  return message(99, id, TICK_TYPES[type], seconds(fill.at), ...tradeFields(contract, fill, 'mask-last'));
}

/** Mask, price, size, exchange and conditions in the order of live data, or of history, where the mask comes first. */
function tradeFields(contract: Contract, fill: Fill, order: 'mask-first' | 'mask-last'): (string | number)[] {
  const { listing } = contract;
  const print = printOf(contract, fill.id);
  const mask = print.isUnreported ? 2 : 0;
  const values = [price(listing, fill.price), size(listing, fill.size)];
  const tail = [print.exchange, print.conditions];
  return order === 'mask-first' ? [mask, ...values, ...tail] : [...values, mask, ...tail];
}

export function tickByTickQuote(id: number, listing: Listing, quote: QuoteEvent): string {
  return message(99, id, 3, seconds(quote.venueAt), ...quoteFields(listing, quote), 0);
}

function quoteFields(listing: Listing, { bid, ask, bidSize, askSize }: QuoteEvent): string[] {
  return [price(listing, bid), price(listing, ask), size(listing, bidSize), size(listing, askSize)];
}

export function tickByTickMiddle(id: number, listing: Listing, quote: QuoteEvent): string {
  return message(99, id, 4, seconds(quote.venueAt), middle(listing, quote));
}

export function middle(listing: Listing, { bid, ask }: QuoteEvent): string {
  return trimmedText((bid + ask) * 5, listing.priceGrid.decimals + 1);
}

export function historicalTrades(id: number, contract: Contract, fills: readonly Fill[]): string {
  const rows = fills.flatMap((fill) => [seconds(fill.at), ...tradeFields(contract, fill, 'mask-first')]);
  return message(98, id, fills.length, ...rows, 1);
}

export function historicalQuotes(id: number, { listing }: Contract, quotes: readonly QuoteEvent[]): string {
  const rows = quotes.flatMap((one) => [seconds(one.venueAt), 0, ...quoteFields(listing, one)]);
  return message(97, id, quotes.length, ...rows, 1);
}

export function historicalMiddles(id: number, { listing }: Contract, quotes: readonly QuoteEvent[]): string {
  const rows = quotes.flatMap((one) => [seconds(one.venueAt), 0, middle(listing, one), 0]);
  return message(96, id, quotes.length, ...rows, 1);
}

/** The texts of a bar; of quotes there are prices only, and the rest is -1. */
export interface BarTexts {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly average: string;
  readonly count: string;
}

export function barTexts(listing: Listing, bar: Bar): BarTexts {
  const { decimals } = listing.priceGrid;
  const extra = AVERAGE_PLACES - decimals;
  const average =
    bar.volume === 0
      ? price(listing, bar.close)
      : bigText((bar.notional * 10n ** BigInt(extra)) / BigInt(bar.volume), AVERAGE_PLACES, AVERAGE_PLACES);
  return {
    open: price(listing, bar.open),
    high: price(listing, bar.high),
    low: price(listing, bar.low),
    close: price(listing, bar.close),
    volume: size(listing, bar.volume),
    average,
    count: String(bar.trades),
  };
}

interface DatedBar {
  readonly date: string;
  readonly texts: BarTexts;
}

export function historicalBars(id: number, from: string, to: string, bars: readonly DatedBar[]): string {
  const rows = bars.flatMap(({ date, texts: one }) => [
    ...[date, one.open, one.high, one.low, one.close],
    ...[one.volume, one.average, one.count],
  ]);
  return message(17, id, from, to, bars.length, ...rows);
}

export function barUpdate(id: number, { date, texts: one }: DatedBar): string {
  return message(90, id, one.count, date, one.open, one.close, one.high, one.low, one.average, one.volume);
}

export function realTimeBar(id: number, at: number, one: BarTexts): string {
  const prices = [one.open, one.high, one.low, one.close];
  return message(50, 3, id, seconds(at), ...prices, one.volume, one.average, one.count);
}
