import { windowStart } from './window.ts';

/** One bar by the venue's clock. Prices and volumes in points; `notional` in points of price × points of size. */
export interface Bar {
  /** Start, microseconds. */
  readonly start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  notional: bigint;
  takerBuyVolume: number;
  takerBuyNotional: bigint;
  trades: number;
  firstId: number;
  lastId: number;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** Bars of one length, oldest first, with a bound; windows without a trade are absent. */
class Series {
  readonly bars: Bar[] = [];
  readonly #length: number;
  readonly #capacity: number;

  constructor(length: number, capacity: number) {
    this.#length = length;
    this.#capacity = capacity;
  }

  add(at: number, price: number, size: number, takerBuys: boolean, id: number): void {
    const start = Math.floor(at / this.#length) * this.#length;
    let bar = this.bars.at(-1);
    if (bar === undefined || bar.start < start) {
      bar = emptyBar(start, price, id);
      this.bars.push(bar);
      if (this.bars.length > this.#capacity * 1.25) this.bars.splice(0, this.bars.length - this.#capacity);
    }
    const notional = exactProduct(price, size);
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.close = price;
    bar.volume += size;
    bar.notional += notional;
    if (takerBuys) {
      bar.takerBuyVolume += size;
      bar.takerBuyNotional += notional;
    }
    bar.trades++;
    bar.lastId = id;
  }
}

export function emptyBar(start: number, price: number, id: number): Bar {
  return {
    start,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    notional: 0n,
    takerBuyVolume: 0,
    takerBuyNotional: 0n,
    trades: 0,
    firstId: id,
    lastId: id,
  };
}

function exactProduct(a: number, b: number): bigint {
  const product = a * b;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(a) * BigInt(b);
}

export interface BarBookOptions {
  /** Default 900 and 2,880. */
  readonly seconds?: number;
  readonly minutes?: number;
}

/** A venue's candles of one listing: one-second and one-minute bars are kept, longer ones are merged from minutes when asked for. */
export class BarBook {
  readonly #seconds: Series;
  readonly #minutes: Series;

  constructor(options: BarBookOptions = {}) {
    this.#seconds = new Series(SECOND, options.seconds ?? 900);
    this.#minutes = new Series(MINUTE, options.minutes ?? 2_880);
  }

  add(at: number, price: number, size: number, takerBuys: boolean, id: number): void {
    this.#seconds.add(at, price, size, takerBuys, id);
    this.#minutes.add(at, price, size, takerBuys, id);
  }

  /** Puts a made-up past in front; its bars must end before the first bar here. */
  prepend(minutes: readonly Bar[]): void {
    const first = this.#minutes.bars[0]?.start ?? Number.POSITIVE_INFINITY;
    this.#minutes.bars.unshift(...minutes.filter((bar) => bar.start < first));
  }

  get firstMinute(): Bar | undefined {
    return this.#minutes.bars[0];
  }

  /**
   * Bars of `lengthMicros` whose start is in [from, to], oldest first; windows without a trade are absent. `origin` is the start of any window, where weeks do
   * not begin on Monday.
   */
  range(lengthMicros: number, from: number, to: number, origin?: number): Bar[] {
    const { bars } = lengthMicros < MINUTE ? this.#seconds : this.#minutes;
    return merged(slice(bars, from, to + lengthMicros - 1), lengthMicros, origin).filter(
      ({ start }) => start >= from && start <= to,
    );
  }
}

function slice(bars: readonly Bar[], from: number, to: number): readonly Bar[] {
  return bars.slice(firstFrom(bars, from), firstFrom(bars, to + 1));
}

function firstFrom(bars: readonly Bar[], start: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged(parts: readonly Bar[], length: number, origin?: number): Bar[] {
  const bars: Bar[] = [];
  for (const part of parts) {
    const start = windowStart(part.start, length, origin);
    const last = bars.at(-1);
    if (last === undefined || last.start !== start) {
      bars.push({ ...part, start });
      continue;
    }
    last.high = Math.max(last.high, part.high);
    last.low = Math.min(last.low, part.low);
    last.close = part.close;
    last.volume += part.volume;
    last.notional += part.notional;
    last.takerBuyVolume += part.takerBuyVolume;
    last.takerBuyNotional += part.takerBuyNotional;
    last.trades += part.trades;
    last.lastId = part.lastId;
  }
  return bars;
}

/** The bar of a window without a trade. */
export function flatBar(start: number, price: number): Bar {
  return emptyBar(start, price, 0);
}

/** Puts flat bars into the windows without a trade, from the first bar to `to`, as venues do that leave none out. */
export function fillFlat(bars: readonly Bar[], length: number, to: number): Bar[] {
  const filled: Bar[] = [];
  for (const bar of bars) {
    const last = filled.at(-1);
    if (last !== undefined) {
      for (let start = last.start + length; start < bar.start; start += length)
        filled.push(flatBar(start, last.close));
    }
    filled.push(bar);
  }
  const last = filled.at(-1);
  if (last !== undefined) {
    for (let start = last.start + length; start <= to; start += length)
      filled.push(flatBar(start, last.close));
  }
  return filled;
}
