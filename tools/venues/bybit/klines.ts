import { flatBar, type Bar } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import { INTERVALS, klineFrame, klineRow } from './messages.ts';
import { windowStart } from '../tape/window.ts';

const SECOND = 1_000_000;
/** How many windows back the price of one without a trade is looked for. */
const LOOK_BACK = 100;

interface KlineTopic {
  readonly listing: Listing;
  readonly interval: string;
  /** Start of the window whose closing is still to be told. */
  open: number;
  nextPush: number;
  pushedTrades: number;
}

/** Candles that someone subscribed to: pushed once a second while trades come; closed together with the first of the next window. */
export class Klines {
  readonly #topics = new Map<string, KlineTopic>();

  add(topic: string, listing: Listing, interval: string): void {
    if (this.#topics.has(topic)) return;
    this.#topics.set(topic, { listing, interval, open: Number.NaN, nextPush: 0, pushedTrades: -1 });
  }

  /** The state that a new subscription begins with. */
  frame(topic: string, venueNow: number): string | undefined {
    const one = this.#topics.get(topic);
    if (one === undefined) return undefined;
    const { listing, interval } = one;
    const bar = barAt(listing, interval, windowOf(interval, venueNow));
    return klineFrame(topic, [klineRow(listing, interval, bar, { at: venueNow, isClosed: false })], venueNow);
  }

  tick(
    venueNow: number,
    isWanted: (topic: string) => boolean,
    publish: (topic: string, symbol: string, frame: string) => void,
  ): void {
    for (const [topic, one] of this.#topics) {
      if (!isWanted(topic)) {
        this.#topics.delete(topic);
        continue;
      }
      const rows = due(one, venueNow);
      if (rows.length > 0) publish(topic, one.listing.symbol, klineFrame(topic, rows, venueNow));
    }
  }
}

function due(one: KlineTopic, venueNow: number): string[] {
  const { listing, interval } = one;
  const window = windowOf(interval, venueNow);
  const rows: string[] = [];
  while (one.open < window) {
    const bar = barAt(listing, interval, one.open);
    rows.push(klineRow(listing, interval, bar, { at: venueNow, isClosed: true }));
    one.open += INTERVALS[interval] ?? SECOND;
    one.pushedTrades = -1;
  }
  one.open = window;
  if (venueNow < one.nextPush && rows.length === 0) return rows;
  one.nextPush = venueNow + SECOND;
  const bar = barAt(listing, interval, window);
  if (bar.trades === one.pushedTrades) return rows;
  one.pushedTrades = bar.trades;
  return [...rows, klineRow(listing, interval, bar, { at: venueNow, isClosed: false })];
}

function windowOf(interval: string, at: number): number {
  const length = INTERVALS[interval] ?? SECOND;
  return windowStart(at, length);
}

/** The candle of a window; flat at the price before it where nothing was traded. */
function barAt(listing: Listing, interval: string, start: number): Bar {
  const length = INTERVALS[interval] ?? SECOND;
  const bars = listing.bars.range(length, start - length * LOOK_BACK, start);
  const last = bars.at(-1);
  if (last?.start === start) return last;
  return flatBar(start, last?.close ?? listing.lastPrice);
}
