import { trimmedText } from '../grid.ts';
import type { QuoteEvent } from '../market/events.ts';
import type { Listing } from '../tape/listing.ts';
import { barTexts, NONE, price, type BarTexts } from './messages.ts';
import type { QuoteRing } from './quote-ring.ts';

/** Which price a bar is made of. */
export type PriceOf = 'trades' | 'middle' | 'bid' | 'ask';

/** `whatToShow` of bars that are served here. */
export const BAR_KINDS: Readonly<Record<string, PriceOf>> = {
  TRADES: 'trades',
  AGGTRADES: 'trades',
  ADJUSTED_LAST: 'trades',
  MIDPOINT: 'middle',
  BID: 'bid',
  ASK: 'ask',
};

/** Seconds of a bar by the venue's name for it. */
export const BAR_SECONDS: Readonly<Record<string, number>> = {
  '1 secs': 1,
  '5 secs': 5,
  '10 secs': 10,
  '15 secs': 15,
  '30 secs': 30,
  '1 min': 60,
  '2 mins': 120,
  '3 mins': 180,
  '5 mins': 300,
  '10 mins': 600,
  '15 mins': 900,
  '20 mins': 1_200,
  '30 mins': 1_800,
  '1 hour': 3_600,
  '2 hours': 7_200,
  '3 hours': 10_800,
  '4 hours': 14_400,
  '8 hours': 28_800,
  '1 day': 86_400,
};

const DURATION_SECONDS: Readonly<Record<string, number>> = {
  S: 1,
  D: 86_400,
  W: 604_800,
  M: 2_592_000,
  Y: 31_536_000,
};

/** Seconds of `1800 S`, `2 D`, `1 W`; `undefined` for anything else. */
export function durationSeconds(text: string): number | undefined {
  const match = /^(\d{1,6}) ([SDWMY])$/.exec(text);
  const unit = DURATION_SECONDS[match?.[2] ?? ''];
  const count = Number(match?.[1]);
  return unit === undefined || !(count > 0) ? undefined : count * unit;
}

/** A bar of any kind. `mark` changes whenever the bar does. */
export interface PricedBar {
  readonly start: number;
  readonly texts: BarTexts;
  readonly mark: string;
}

/** Bars that begin from `from` to `to`, oldest first; windows in which nothing happened are absent. */
export function barsOf(
  listing: Listing,
  quotes: QuoteRing,
  of: PriceOf,
  lengthMicros: number,
  from: number,
  to: number,
): PricedBar[] {
  if (of === 'trades') {
    return listing.bars
      .range(lengthMicros, from, to)
      .map((bar) => ({ start: bar.start, texts: barTexts(listing, bar), mark: `${bar.lastId}` }));
  }
  const windows = new Map<number, number[]>();
  for (const quote of quotes.range(from, to + lengthMicros - 1)) {
    const start = Math.floor(quote.venueAt / lengthMicros) * lengthMicros;
    if (start < from || start > to) continue;
    const values = windows.get(start);
    if (values === undefined) windows.set(start, [valueOf(quote, of)]);
    else values.push(valueOf(quote, of));
  }
  return [...windows].map(([start, values]) => {
    const texts = quoteTexts(listing, of, values);
    return { start, texts, mark: `${values.length}|${texts.close}` };
  });
}

/** In points; the middle in halves of a point. */
function valueOf(quote: QuoteEvent, of: PriceOf): number {
  if (of === 'bid') return quote.bid;
  if (of === 'ask') return quote.ask;
  return quote.bid + quote.ask;
}

function quoteTexts(listing: Listing, of: PriceOf, values: readonly number[]): BarTexts {
  const text = (value: number): string =>
    of === 'middle' ? trimmedText(value * 5, listing.priceGrid.decimals + 1) : price(listing, value);
  return {
    open: text(values[0] ?? 0),
    high: text(values.reduce((a, b) => Math.max(a, b))),
    low: text(values.reduce((a, b) => Math.min(a, b))),
    close: text(values.at(-1) ?? 0),
    volume: NONE,
    average: NONE,
    count: NONE,
  };
}

/** The five-second bar of a window in which nothing happened: all prices are the last one. */
export function quietBar(listing: Listing, of: PriceOf): BarTexts {
  const { quote } = listing;
  if (of !== 'trades' && quote !== undefined) return quoteTexts(listing, of, [valueOf(quote, of)]);
  const last = price(listing, listing.lastPrice);
  return { open: last, high: last, low: last, close: last, volume: '0', average: last, count: '0' };
}
