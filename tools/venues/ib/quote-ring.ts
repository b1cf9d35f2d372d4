import type { QuoteEvent } from '../market/events.ts';

/** The last quotes of a listing in the order of the venue's time; when full, the oldest give way. */
export class QuoteRing {
  readonly #capacity: number;
  #quotes: QuoteEvent[] = [];

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  push(quote: QuoteEvent): void {
    this.#quotes.push(quote);
    if (this.#quotes.length > this.#capacity * 1.25) this.#quotes = this.#quotes.slice(-this.#capacity);
  }

  /** The venue's time of the oldest; infinite while there is none. */
  get oldestAt(): number {
    return this.#quotes[0]?.venueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Quotes from `from` to `to` (venue's time, both included), oldest first. */
  range(from: number, to: number): readonly QuoteEvent[] {
    return this.#quotes.slice(this.#firstFrom(from), this.#firstFrom(to + 1));
  }

  /** Index of the first quote at or after `at`. */
  #firstFrom(at: number): number {
    let low = 0;
    let high = this.#quotes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#quotes[middle]?.venueAt ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
