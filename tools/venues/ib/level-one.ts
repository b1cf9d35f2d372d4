import type { DataKind } from '../server/connection.ts';
import type { Fill } from '../tape/trade-ring.ts';
import type { Listing } from '../tape/listing.ts';
import { NONE, price, size, tickPrice, tickSize, tickString } from './messages.ts';
import { seconds } from './zone-time.ts';

/** The top of the book and the last trade as texts, as of one sample; `-1` where there is none. */
export interface LevelOne {
  readonly bid: string;
  readonly bidSize: string;
  readonly ask: string;
  readonly askSize: string;
  readonly last: string;
  readonly lastSize: string;
  readonly lastAt: string;
  readonly volume: string;
  readonly high: string;
  readonly low: string;
  readonly open: string;
  readonly close: string;
}

/** Tick types by name, live and delayed: https://interactivebrokers.github.io/tws-api/tick_types.html (2026-07). */
const TYPES = {
  bidSize: [0, 69],
  bid: [1, 66],
  ask: [2, 67],
  askSize: [3, 70],
  last: [4, 68],
  lastSize: [5, 71],
  high: [6, 72],
  low: [7, 73],
  volume: [8, 74],
  close: [9, 75],
  open: [14, 76],
  lastAt: [45, 88],
} as const;

/** Figures of the day, kept from the first question on. */
export class Day {
  readonly #listing: Listing;
  #volume = 0;
  #high: number;
  #low: number;
  readonly #open: number;
  last: Fill | undefined;

  constructor(listing: Listing, at: number) {
    const day = listing.day(at);
    this.#listing = listing;
    this.#volume = day.volume;
    this.#high = day.high;
    this.#low = day.low;
    this.#open = day.open;
    this.last = listing.trades.last(1)[0];
  }

  take(fill: Fill): void {
    this.#volume += fill.size;
    this.#high = Math.max(this.#high, fill.price);
    this.#low = Math.min(this.#low, fill.price);
    this.last = fill;
  }

  /** `hasQuote`: whether anyone bids and offers. */
  levelOne(hasQuote: boolean): LevelOne {
    const listing = this.#listing;
    const quote = hasQuote ? listing.quote : undefined;
    const { last } = this;
    return {
      bid: quote === undefined ? NONE : price(listing, quote.bid),
      bidSize: quote === undefined ? NONE : size(listing, quote.bidSize),
      ask: quote === undefined ? NONE : price(listing, quote.ask),
      askSize: quote === undefined ? NONE : size(listing, quote.askSize),
      last: last === undefined ? NONE : price(listing, last.price),
      lastSize: last === undefined ? NONE : size(listing, last.size),
      lastAt: last === undefined ? '' : String(seconds(last.at)),
      volume: size(listing, this.#volume),
      high: price(listing, this.#high),
      low: price(listing, this.#low),
      open: price(listing, this.#open),
      close: price(listing, this.#open),
    };
  }
}

/** One message and what it is about. */
export interface Tick {
  readonly text: string;
  readonly kind: DataKind;
}

/**
 * What a line says to bring a client from one sample to the next. Bid and ask go in messages of their own, one after the other: between
 * them the client sees states that never were.
 */
export function ticksBetween(
  id: number,
  before: LevelOne | undefined,
  now: LevelOne,
  isDelayed: boolean,
): Tick[] {
  const ticks: Tick[] = [];
  const type = (name: keyof typeof TYPES): number => TYPES[name][isDelayed ? 1 : 0];
  const pair = (
    priced: 'bid' | 'ask' | 'last',
    sized: 'bidSize' | 'askSize' | 'lastSize',
    kind: DataKind,
  ): void => {
    if (before?.[priced] !== now[priced])
      ticks.push({ text: tickPrice(id, type(priced), now[priced], now[sized]), kind });
    else if (before[sized] !== now[sized]) ticks.push({ text: tickSize(id, type(sized), now[sized]), kind });
  };
  const single = (name: 'high' | 'low' | 'open' | 'close'): void => {
    if (before?.[name] !== now[name])
      ticks.push({ text: tickPrice(id, type(name), now[name], '0'), kind: 'control' });
  };
  pair('bid', 'bidSize', 'quotes');
  pair('ask', 'askSize', 'quotes');
  if (now.lastAt !== '' && before?.lastAt !== now.lastAt)
    ticks.push({ text: tickString(id, type('lastAt'), now.lastAt), kind: 'control' });
  pair('last', 'lastSize', 'trades');
  if (before?.volume !== now.volume)
    ticks.push({ text: tickSize(id, type('volume'), now.volume), kind: 'trades' });
  for (const name of ['high', 'low', 'close', 'open'] as const) single(name);
  return ticks;
}
