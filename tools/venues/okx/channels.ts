import { fillFlat } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import { BookView } from './book.ts';
import { CANDLE_LENGTHS } from './candle-length.ts';
import { candleRow, levelRow, milliseconds, pushFrame, tickerRow } from './messages.ts';
import { windowStart } from '../tape/window.ts';

const SECOND = 1_000_000;
const TENTH = 100_000;
const LEVELS_OF_BOOKS5 = 5;

export interface ChannelsOptions {
  /** The number of the market's last event. */
  readonly sequenceOf: (listing: Listing) => number;
  /** Whether anybody is subscribed to `channel|symbol`. */
  readonly isHeard: (key: string) => boolean;
  readonly publish: (channel: string, listing: Listing, make: () => string) => number;
}

interface Followed {
  readonly channel: string;
  readonly listing: Listing;
  /** The sequence that was last told. */
  told: number;
  /** Of candles: start of the window that was last told as open. */
  window: number;
  readonly book: BookView | undefined;
}

/** The channels that are pushed at a pace of their own: tickers and books every 100 ms, candles every second, each when something changed. */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #followed = new Map<string, Followed>();
  #nextTenth = 0;
  #nextSecond = 0;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /** The first row for a new subscriber; the channel is followed from here. */
  begin(channel: string, listing: Listing, venueNow: number): string | undefined {
    const key = `${channel}|${listing.symbol}`;
    const sequence = this.#options.sequenceOf(listing);
    let one = this.#followed.get(key);
    if (one === undefined) {
      const book = channel === 'books' ? new BookView(listing, sequence) : undefined;
      one = { channel, listing, told: sequence, window: windowOf(channel, venueNow), book };
      this.#followed.set(key, one);
    }
    if (one.book !== undefined) return one.book.whole(venueNow);
    if (!channel.startsWith('candle')) return this.#row(one, venueNow);
    return this.#candles(one, venueNow, one.window).at(-1);
  }

  tick(now: number, venueNow: number): void {
    if (now < this.#nextTenth) return;
    this.#nextTenth = now + TENTH;
    const isSecond = now >= this.#nextSecond;
    if (isSecond) this.#nextSecond = now + SECOND;
    for (const [key, one] of this.#followed) {
      if (!this.#options.isHeard(key)) this.#followed.delete(key);
      else if (!one.channel.startsWith('candle')) this.#push(one, venueNow);
      else if (isSecond) this.#pushCandles(one, venueNow);
    }
  }

  #push(one: Followed, venueNow: number): void {
    const { channel, listing, book } = one;
    const sequence = this.#options.sequenceOf(listing);
    if (sequence === one.told) return;
    one.told = sequence;
    const row = book === undefined ? this.#row(one, venueNow) : book.update(sequence, venueNow);
    if (row === undefined) return;
    const action = book === undefined ? undefined : 'update';
    this.#options.publish(channel, listing, () => pushFrame(channel, listing.symbol, [row], action));
  }

  #row({ channel, listing }: Followed, venueNow: number): string {
    if (channel === 'tickers') return tickerRow(listing, listing.day(venueNow), venueNow);
    const { bids, asks } = listing.ladder();
    const side = (levels: typeof bids): string =>
      levels
        .slice(0, LEVELS_OF_BOOKS5)
        .map((level) => levelRow(listing, level))
        .join(',');
    const sequence = this.#options.sequenceOf(listing);
    return `{"asks":[${side(asks)}],"bids":[${side(bids)}],"instId":"${listing.symbol}","ts":"${milliseconds(venueNow)}","seqId":${sequence}}`;
  }

  /** A window that has passed is told once more as closed, then the open one, where something has happened. */
  #pushCandles(one: Followed, venueNow: number): void {
    const { channel, listing } = one;
    const sequence = this.#options.sequenceOf(listing);
    const window = windowOf(channel, venueNow);
    if (sequence === one.told && window === one.window) return;
    const rows = this.#candles(one, venueNow, one.window);
    one.told = sequence;
    one.window = window;
    for (const row of rows)
      this.#options.publish(channel, listing, () => pushFrame(channel, listing.symbol, [row]));
  }

  /** Rows of the windows from `from` to the open one; flat where nothing was traded. */
  #candles({ channel, listing }: Followed, venueNow: number, from: number): string[] {
    const length = lengthOf(channel);
    const window = windowOf(channel, venueNow);
    // One window before, so that there is a close for a flat one.
    const bars = fillFlat(listing.bars.range(length, from - length, window), length, window);
    return bars
      .filter((bar) => bar.start >= from)
      .map((bar) => candleRow(listing, bar, bar.start + length <= venueNow));
  }
}

function lengthOf(channel: string): number {
  return CANDLE_LENGTHS.get(channel.replace(/^candle/, '')) ?? SECOND;
}

function windowOf(channel: string, venueNow: number): number {
  return windowStart(venueNow, lengthOf(channel));
}
