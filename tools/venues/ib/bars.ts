import { trimmedText } from '../grid.ts';
import type { QuoteEvent } from '../market/events.ts';
import type { Listing } from '../tape/listing.ts';
import { windowStart } from '../tape/window.ts';
import { barTexts, NONE, price, type BarTexts } from './messages.ts';
import type { QuoteRing } from './quote-ring.ts';

const MINUTE = 60_000_000;
const WITHOUT_TRADES = { volume: NONE, average: NONE, count: NONE };

/** Which price a bar is made of. */
export type PriceOf = 'trades' | 'middle' | 'bid' | 'ask' | 'bid-ask';

/** `whatToShow` of bars that are served here. */
export const BAR_KINDS: Readonly<Record<string, PriceOf>> = {
  TRADES: 'trades',
  AGGTRADES: 'trades',
  ADJUSTED_LAST: 'trades',
  MIDPOINT: 'middle',
  BID: 'bid',
  ASK: 'ask',
  BID_ASK: 'bid-ask',
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
  '1 week': 604_800,
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
  const windows = new Map<number, Spread[]>();
  for (const [at, spread] of spreads(listing, quotes, lengthMicros, from, to + lengthMicros - 1)) {
    const start = windowStart(at, lengthMicros);
    if (start < from || start > to) continue;
    const within = windows.get(start);
    if (within === undefined) windows.set(start, [spread]);
    else within.push(spread);
  }
  return [...windows].map(([start, within]) => {
    const texts = quoteTexts(listing, of, within);
    return { start, texts, mark: `${within.length}|${texts.open}|${texts.close}` };
  });
}

type Spread = Pick<QuoteEvent, 'bid' | 'ask'>;

/** Best bids and asks with their times: of the time before the oldest quote known, made up around the prices of each minute's trades. */
function* spreads(
  { bars, priceGrid }: Listing,
  quotes: QuoteRing,
  lengthMicros: number,
  from: number,
  to: number,
): Generator<[at: number, spread: Spread]> {
  const { oldestAt } = quotes;
  if (from < oldestAt && lengthMicros >= MINUTE) {
    for (const { start, open, high, low, close } of bars.range(MINUTE, from, Math.min(to, oldestAt - MINUTE)))
      for (const price of [open, high, low, close])
        yield [start, { bid: Math.max(priceGrid.unit, price - priceGrid.unit), ask: price + priceGrid.unit }];
  }
  for (const quote of quotes.range(from, to)) yield [quote.venueAt, quote];
}

function quoteTexts(listing: Listing, of: PriceOf, spreads: readonly Spread[]): BarTexts {
  const bids = spreads.map(({ bid }) => bid);
  const asks = spreads.map(({ ask }) => ask);
  if (of === 'bid') return pricesOf(listing, bids);
  if (of === 'ask') return pricesOf(listing, asks);
  if (of === 'middle')
    return pricesOf(
      listing,
      bids.map((bid, i) => (bid + (asks[i] ?? 0)) * 5),
      1,
    );
  return {
    open: averageOf(listing, bids),
    high: price(listing, greatest(asks)),
    low: price(listing, least(bids)),
    close: averageOf(listing, asks),
    ...WITHOUT_TRADES,
  };
}

/** `places` are those of the values beyond the listing's own. */
function pricesOf(listing: Listing, values: readonly number[], places = 0): BarTexts {
  const text = (value: number): string => trimmedText(value, listing.priceGrid.decimals + places);
  return {
    open: text(values[0] ?? 0),
    high: text(greatest(values)),
    low: text(least(values)),
    close: text(values.at(-1) ?? 0),
    ...WITHOUT_TRADES,
  };
}

/** The venue weighs by time; here each quote counts as much as another. */
function averageOf(listing: Listing, values: readonly number[]): string {
  const sum = values.reduce((a, b) => a + b, 0);
  return trimmedText(Math.round((sum / values.length) * 100), listing.priceGrid.decimals + 2);
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

/** The five-second bar of a window in which nothing happened: all prices are the last one. */
export function quietBar(listing: Listing, of: PriceOf): BarTexts {
  const { quote } = listing;
  if (of !== 'trades' && quote !== undefined) return quoteTexts(listing, of, [quote]);
  const last = price(listing, listing.lastPrice);
  return { open: last, high: last, low: last, close: last, volume: '0', average: last, count: '0' };
}
