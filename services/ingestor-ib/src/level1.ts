import { quoteRecord, tradeRecord, type Listing, type ParserContext } from '@concord/sources';
import type { RawQuote, RawTrade } from '@concord/codec';
import type { Fixed, Micros } from '@concord/model';
import type { TickField } from './messages.ts';
import type { Line } from './parse.ts';

/** `undefined`: nothing was said yet; `null`: there is none. */
type Said<T> = T | null | undefined;

interface Side {
  price: Said<Fixed>;
  size: Said<Fixed>;
}

type Pair = readonly [price: Fixed | null, size: Fixed | null];
const NO_PAIR: Pair = [null, null];

/**
 * One line of sampled market data. Bid, ask, their sizes and the last print come in ticks of their own, several for one change of the book, so that a state
 * between two of them was never the market's (0.2 % of them look locked or crossed). It is told once a message with a later receive time, or a marker, has
 * come: then the change is whole.
 */
export class Level1 {
  readonly #context: ParserContext;
  readonly #listing: Listing;
  readonly #line: Pick<Line, 'wants'>;
  #bid: Side = { price: undefined, size: undefined };
  #ask: Side = { price: undefined, size: undefined };
  #last: Side = { price: undefined, size: undefined };
  /** The venue's time of the last print, and when it came. */
  #lastTime: { readonly eventTime: Micros; readonly at: Micros } | undefined;
  #delayed = false;
  /** Receive time of the newest tick that is not told yet. */
  #quoteAt: Micros | undefined;
  #tradeAt: Micros | undefined;
  #told: readonly (Fixed | null)[] | undefined;
  #hasTraded = false;

  /** What is wanted of the line may change while it is served. */
  constructor(context: ParserContext, listing: Listing, line: Pick<Line, 'wants'>) {
    this.#context = context;
    this.#listing = listing;
    this.#line = line;
  }

  get isPending(): boolean {
    return this.#quoteAt !== undefined || this.#tradeAt !== undefined;
  }

  /** Takes a price tick; `size` is `undefined` where it brought none. */
  price(
    field: 'bid' | 'ask' | 'last',
    price: Fixed | null,
    size: Said<Fixed>,
    delayed: boolean,
    at: Micros,
  ): void {
    this.#belongs(delayed);
    const side = field === 'bid' ? this.#bid : field === 'ask' ? this.#ask : this.#last;
    side.price = price;
    if (size !== undefined) side.size = size;
    if (field === 'last') this.#tradeAt = at;
    else this.#quoteAt = at;
  }

  size(field: 'bidSize' | 'askSize' | 'lastSize', size: Fixed | null, delayed: boolean, at: Micros): void {
    this.#belongs(delayed);
    const side = field === 'bidSize' ? this.#bid : field === 'askSize' ? this.#ask : this.#last;
    if (side.size === size) return; // a price tick is followed by its size once more
    side.size = size;
    if (field === 'lastSize') this.#tradeAt = at;
    else this.#quoteAt = at;
  }

  time(eventTime: Micros, delayed: boolean, at: Micros): void {
    this.#belongs(delayed);
    this.#lastTime = { eventTime, at };
  }

  /** What was said before `before` and is not told yet. */
  settle(before: Micros, quotes: RawQuote[], trades: RawTrade[]): void {
    if (this.#quoteAt !== undefined && this.#quoteAt < before) {
      const quote = this.#line.wants.quotes ? this.#quote(this.#quoteAt) : undefined;
      this.#quoteAt = undefined;
      if (quote !== undefined) quotes.push(quote);
    }
    if (this.#tradeAt !== undefined && this.#tradeAt < before) {
      const trade = this.#line.wants.trades ? this.#trade(this.#tradeAt) : undefined;
      this.#tradeAt = undefined;
      if (trade !== undefined) trades.push(trade);
    }
  }

  /** Delayed and live data never stand in one quote: where the venue changes over, all that was said is forgotten. */
  #belongs(delayed: boolean): void {
    if (delayed === this.#delayed) return;
    this.#delayed = delayed;
    this.#bid = { price: undefined, size: undefined };
    this.#ask = { price: undefined, size: undefined };
    this.#last = { price: undefined, size: undefined };
    this.#lastTime = undefined;
    this.#quoteAt = undefined;
    this.#tradeAt = undefined;
  }

  #quote(receiveTime: Micros): RawQuote | undefined {
    const [bid, bidSize] = pairOf(this.#bid);
    const [ask, askSize] = pairOf(this.#ask);
    const state = [bid, bidSize, ask, askSize];
    const told = this.#told;
    if (told !== undefined && state.every((value, index) => value === told[index])) return undefined;
    if (told === undefined && bid === null && ask === null) return undefined;
    this.#told = state;
    const quote = quoteRecord(this.#context, this.#listing, {
      receiveTime,
      // What comes first is what held at the subscription.
      origin: told === undefined ? 'SNAPSHOT' : 'LIVE',
      eventTime: null,
      precision: null,
      venueSequence: null,
      updateId: null,
      bid,
      bidSize,
      ask,
      askSize,
    });
    return this.#delayed ? { ...quote, delayed: true } : quote;
  }

  #trade(receiveTime: Micros): RawTrade | undefined {
    const [price, size] = pairOf(this.#last);
    if (price === null || size === null) return undefined;
    // A time that came by itself may be that of another print.
    const eventTime = this.#lastTime?.at === receiveTime ? this.#lastTime.eventTime : null;
    const trade = tradeRecord(this.#context, this.#listing, {
      receiveTime,
      origin: this.#hasTraded ? 'LIVE' : 'SNAPSHOT',
      eventTime,
      precision: eventTime === null ? null : 'SECOND',
      venueSequence: null,
      idKind: 'NONE',
      firstId: null,
      lastId: null,
      fills: null,
      price,
      size,
      side: null,
    });
    this.#hasTraded = true;
    return { ...trade, sampled: true, delayed: this.#delayed };
  }
}

/** Both, or neither; a price of 0 without a size is none. */
function pairOf({ price, size }: Side): Pair {
  if (price === undefined || price === null || size === undefined || size === null) return NO_PAIR;
  return price === 0n && size === 0n ? NO_PAIR : [price, size];
}

/** Of the fields that come as sizes. */
export function isSizeField(field: TickField): field is 'bidSize' | 'askSize' | 'lastSize' {
  return field === 'bidSize' || field === 'askSize' || field === 'lastSize';
}

export function isPriceField(field: TickField): field is 'bid' | 'ask' | 'last' {
  return field === 'bid' || field === 'ask' || field === 'last';
}
