import { flatBar, type Bar } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import { INTERVALS, klineFrame } from './messages.ts';
import { windowStart } from '../tape/window.ts';

const SECOND = 1_000_000;

interface KlineStream {
  readonly stream: string;
  readonly listing: Listing;
  readonly interval: string;
  /** Start of the window whose closing is still to be told. */
  open: number;
  nextPush: number;
  pushedTrades: number;
}

export type PublishKline = (stream: string, listing: Listing, make: (inMicros: boolean) => string) => void;

/** Subscribed candles: pushed every 2 s (1 s for `1s`) while trades come, and once more, closed, when their window ends. */
export class Klines {
  readonly #streams = new Map<string, KlineStream>();
  readonly #publish: PublishKline;

  constructor(publish: PublishKline) {
    this.#publish = publish;
  }

  add(stream: string, listing: Listing, interval: string): void {
    if (this.#streams.has(stream)) return;
    this.#streams.set(stream, { stream, listing, interval, open: Number.NaN, nextPush: 0, pushedTrades: -1 });
  }

  tick(venueNow: number, isWanted: (stream: string) => boolean): void {
    for (const one of this.#streams.values()) {
      if (!isWanted(one.stream)) this.#streams.delete(one.stream);
      else this.#push(one, venueNow);
    }
  }

  #push(one: KlineStream, venueNow: number): void {
    const { listing, interval } = one;
    const length = INTERVALS[interval] ?? SECOND;
    const window = windowStart(venueNow, length);
    while (one.open < window) {
      const bar =
        listing.bars.range(length, one.open, one.open)[0] ??
        flatBar(one.open, closeBefore(listing, length, one.open));
      this.#send(one, bar, venueNow, true);
      one.open += length;
      one.pushedTrades = -1;
    }
    one.open = window;
    if (venueNow < one.nextPush) return;
    const every = (interval === '1s' ? 1 : 2) * SECOND;
    one.nextPush = Math.floor(venueNow / every) * every + every;
    const bar = listing.bars.range(length, window, window)[0];
    if (bar === undefined || bar.trades === one.pushedTrades) return;
    one.pushedTrades = bar.trades;
    this.#send(one, bar, venueNow, false);
  }

  #send(one: KlineStream, bar: Bar, at: number, isClosed: boolean): void {
    const { listing, interval } = one;
    this.#publish(one.stream, listing, (inMicros) =>
      klineFrame({ listing, interval, bar, at, isClosed, inMicros }),
    );
  }
}

function closeBefore(listing: Listing, length: number, start: number): number {
  return listing.bars.range(length, start - length * 100, start - 1).at(-1)?.close ?? listing.lastPrice;
}
