import { crc32 } from 'node:zlib';
import type { Listing } from '../tape/listing.ts';
import { levelRow, price, qty } from './messages.ts';

interface Level {
  readonly price: number;
  readonly size: number;
}

const CHECKED_LEVELS = 10;

/** The first `depth` levels as one subscription depth sees them; says what changed since the last look. */
export class BookView {
  readonly depth: number;
  readonly #listing: Listing;
  #bids: readonly Level[] = [];
  #asks: readonly Level[] = [];

  constructor(listing: Listing, depth: number) {
    this.#listing = listing;
    this.depth = depth;
    this.update();
  }

  /** Rows of changed levels, or `undefined` when nothing changed. */
  update(): { bids: string[]; asks: string[] } | undefined {
    const { bids, asks } = this.#listing.ladder();
    const nextBids = bids.slice(0, this.depth).map((one) => ({ ...one }));
    const nextAsks = asks.slice(0, this.depth).map((one) => ({ ...one }));
    const changed = {
      bids: this.#difference(this.#bids, nextBids, true),
      asks: this.#difference(this.#asks, nextAsks, false),
    };
    this.#bids = nextBids;
    this.#asks = nextAsks;
    return changed.bids.length + changed.asks.length === 0 ? undefined : changed;
  }

  /** Levels pushed out below the window are not told: the client cuts its book to the depth itself. */
  #difference(before: readonly Level[], after: readonly Level[], isBid: boolean): string[] {
    const was = new Map(before.map((one) => [one.price, one.size]));
    const is = new Set(after.map((one) => one.price));
    const last = after.at(-1)?.price ?? 0;
    const rows: string[] = [];
    for (const { price: at } of before) {
      const isInside = after.length < this.depth || (isBid ? at > last : at < last);
      if (!is.has(at) && isInside) rows.push(levelRow(this.#listing, { price: at, size: 0 }));
    }
    for (const level of after)
      if (was.get(level.price) !== level.size) rows.push(levelRow(this.#listing, level));
    return rows;
  }

  rows(): { bids: string[]; asks: string[] } {
    const row = (level: Level): string => levelRow(this.#listing, level);
    return { bids: this.#bids.map(row), asks: this.#asks.map(row) };
  }

  checksum(): number {
    const texts = (levels: readonly Level[]): LevelText[] =>
      levels
        .slice(0, CHECKED_LEVELS)
        .map((one) => [price(this.#listing, one.price), qty(this.#listing, one.size)]);
    return bookChecksum(texts(this.#asks), texts(this.#bids));
  }
}

/** Price and quantity as they stand in the frame. */
export type LevelText = readonly [string, string];

/**
 * Kraken's checksum: CRC32 over the ten best asks, then the ten best bids, each as price and quantity without point and leading
 * zeros (https://docs.kraken.com/api/docs/guides/spot-ws-book-v2).
 */
export function bookChecksum(asks: readonly LevelText[], bids: readonly LevelText[]): number {
  const side = (levels: readonly LevelText[]): string =>
    levels
      .slice(0, CHECKED_LEVELS)
      .map(([price, qty]) => digits(price) + digits(qty))
      .join('');
  return crc32(side(asks) + side(bids));
}

function digits(text: string): string {
  return text.replace('.', '').replace(/^0+/, '');
}
