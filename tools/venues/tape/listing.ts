import { roundTo, toNumber, type Grid } from '../grid.ts';
import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import { BarBook, type Bar } from './bar-book.ts';
import { Ladder } from './ladder.ts';
import { TradeRing } from './trade-ring.ts';

const DAY = 86_400_000_000;
const MINUTE = 60_000_000;
/** Ids grow by this many a second from run to run; a listing must stay below it. */
export const IDS_PER_SECOND = 10_000;

/** What a filled-in level of the book is worth, in units of the quote currency. */
const LEVEL_NOTIONAL = 20_000;

/** The last day's figures, in points. */
export interface DayFigures {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
  readonly notional: bigint;
  readonly trades: number;
  readonly firstId: number;
}

export interface ListingOptions {
  readonly instrument: string;
  readonly venue: string;
  readonly symbol: string;
  readonly priceTick: string;
  readonly sizeStep: string;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  /** In points. */
  readonly startPrice: number;
  readonly firstId: number;
  /** Fills kept for REST; default 20,000. */
  readonly keptTrades?: number;
}

/** What a venue knows of one instrument: its quote, its tape, its candles, its book. */
export class Listing {
  readonly instrument: string;
  readonly venue: string;
  readonly symbol: string;
  readonly priceTick: string;
  readonly sizeStep: string;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  readonly trades: TradeRing;
  readonly bars = new BarBook();
  quote: QuoteEvent | undefined;
  lastPrice: number;
  lastSize = 0;
  /** Counts changes of the quote; Binance's `u`. */
  updates = 0;
  #ladder: Ladder | undefined;
  #day: DayFigures | undefined;
  #dayAt = Number.NEGATIVE_INFINITY;

  constructor(options: ListingOptions) {
    this.instrument = options.instrument;
    this.venue = options.venue;
    this.symbol = options.symbol;
    this.priceTick = options.priceTick;
    this.sizeStep = options.sizeStep;
    this.priceGrid = options.priceGrid;
    this.sizeGrid = options.sizeGrid;
    this.lastPrice = options.startPrice;
    this.trades = new TradeRing(options.keptTrades ?? 20_000, options.firstId);
  }

  takeQuote(event: QuoteEvent): void {
    this.quote = event;
    this.updates++;
  }

  /** Puts the fills on the tape and gives the first one's id. */
  takeTrades(event: TradesEvent): number {
    const first = this.trades.nextId;
    for (let i = 0; i < event.prices.length; i++) {
      const price = event.prices[i] ?? 0;
      const size = event.sizes[i] ?? 0;
      const id = this.trades.push(event.venueAt, price, size, event.takerBuys);
      this.bars.add(event.venueAt, price, size, event.takerBuys, id);
      this.lastPrice = price;
      this.lastSize = size;
    }
    return first;
  }

  /** The book under the quote; made at first use, since most runs never ask. */
  ladder(): Ladder {
    if (this.#ladder === undefined) {
      const unit = this.priceGrid.unit;
      const step = Math.max(unit, Math.round((this.lastPrice * 1e-4) / unit) * unit);
      const price = toNumber(this.priceGrid, this.lastPrice);
      const size = Math.max(this.sizeGrid.unit, roundTo(this.sizeGrid, LEVEL_NOTIONAL / price));
      this.#ladder = new Ladder(25, step, size);
      this.followQuote();
    }
    return this.#ladder;
  }

  /** Brings the book's top to the newest quote. Distorted quotes may be crossed: the book then keeps what it had. */
  followQuote(): ReturnType<Ladder['setTop']> {
    const { quote } = this;
    if (quote === undefined || this.#ladder === undefined || quote.bid >= quote.ask) return [];
    return this.#ladder.setTop(quote.bid, quote.bidSize, quote.ask, quote.askSize);
  }

  get hasLadder(): boolean {
    return this.#ladder !== undefined;
  }

  /** Figures of the 24 hours before `at`, at most ten seconds old. */
  day(at: number): DayFigures {
    if (this.#day !== undefined && at - this.#dayAt < 10_000_000) return this.#day;
    this.#dayAt = at;
    this.#day = sumUp(this.bars.range(MINUTE, at - DAY, at), this.lastPrice, this.trades.nextId);
    return this.#day;
  }
}

function sumUp(bars: readonly Bar[], lastPrice: number, nextId: number): DayFigures {
  const first = bars[0];
  let [high, low, volume, notional, trades] = [lastPrice, lastPrice, 0, 0n, 0];
  for (const bar of bars) {
    high = Math.max(high, bar.high);
    low = Math.min(low, bar.low);
    volume += bar.volume;
    notional += bar.notional;
    trades += bar.trades;
  }
  return {
    open: first?.open ?? lastPrice,
    high,
    low,
    volume,
    notional,
    trades,
    firstId: first?.firstId ?? nextId,
  };
}
