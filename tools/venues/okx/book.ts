import type { Listing } from '../tape/listing.ts';
import { levelRow, milliseconds } from './messages.ts';

interface Level {
  readonly price: number;
  readonly size: number;
}

/** The book as the channel `books` tells it: whole at first, then what has changed since. All subscribers follow one count of sequences. */
export class BookView {
  readonly #listing: Listing;
  #bids: readonly Level[] = [];
  #asks: readonly Level[] = [];
  #sequence = 0;

  constructor(listing: Listing, sequence: number) {
    this.#listing = listing;
    this.update(sequence, 0);
  }

  /** The row of the book as it was last told. */
  whole(at: number, depth = Number.POSITIVE_INFINITY): string {
    const row = (level: Level): string => levelRow(this.#listing, level);
    const [asks, bids] = [this.#asks.slice(0, depth).map(row), this.#bids.slice(0, depth).map(row)];
    return bookRow(asks, bids, at, -1, this.#sequence);
  }

  /** The row of what has changed, or `undefined` when nothing has. */
  update(sequence: number, at: number): string | undefined {
    const { bids, asks } = this.#listing.ladder();
    const [nextBids, nextAsks] = [bids.map((one) => ({ ...one })), asks.map((one) => ({ ...one }))];
    const [bidRows, askRows] = [
      this.#difference(this.#bids, nextBids),
      this.#difference(this.#asks, nextAsks),
    ];
    if (bidRows.length + askRows.length === 0) return undefined;
    const before = this.#sequence;
    this.#bids = nextBids;
    this.#asks = nextAsks;
    this.#sequence = sequence;
    return bookRow(askRows, bidRows, at, before, sequence);
  }

  #difference(before: readonly Level[], after: readonly Level[]): string[] {
    const was = new Map(before.map((one) => [one.price, one.size]));
    const is = new Set(after.map((one) => one.price));
    const gone = before.filter((one) => !is.has(one.price)).map((one) => ({ price: one.price, size: 0 }));
    const changed = after.filter((one) => was.get(one.price) !== one.size);
    return [...gone, ...changed].map((level) => levelRow(this.#listing, level));
  }
}

/** The checksum has been 0 since 2026-06-23: the sequences alone tell whether a book is whole. */
function bookRow(
  asks: readonly string[],
  bids: readonly string[],
  at: number,
  before: number,
  sequence: number,
): string {
  return (
    `{"asks":[${asks.join(',')}],"bids":[${bids.join(',')}],"ts":"${milliseconds(at)}",` +
    `"checksum":0,"prevSeqId":${before},"seqId":${sequence}}`
  );
}
