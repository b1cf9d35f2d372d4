import type { TradesEvent } from '../market/events.ts';

/** Fills of one taker at one time and price, as Binance reports them: one id, covering contiguous trade ids. */
export interface Aggregate {
  readonly id: number;
  readonly at: number;
  readonly price: number;
  readonly size: number;
  readonly takerBuys: boolean;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

/** The last aggregates of a listing with contiguous ids; when full, the oldest give way. */
export class AggregateRing {
  readonly #kept: Aggregate[] = [];
  readonly #capacity: number;
  #nextId = 0;

  constructor(capacity: number, firstId: number) {
    this.#capacity = capacity;
    this.#nextId = firstId;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Groups an event's fills (ids from `firstTradeId` on) by price and keeps the groups. */
  push(event: TradesEvent, firstTradeId: number): Aggregate[] {
    const made: Aggregate[] = [];
    for (let i = 0; i < event.prices.length;) {
      const price = event.prices[i] ?? 0;
      let size = 0;
      let next = i;
      while (next < event.prices.length && event.prices[next] === price) size += event.sizes[next++] ?? 0;
      made.push({
        id: this.#nextId++,
        at: event.venueAt,
        price,
        size,
        takerBuys: event.takerBuys,
        firstTradeId: firstTradeId + i,
        lastTradeId: firstTradeId + next - 1,
      });
      i = next;
    }
    this.#kept.push(...made);
    if (this.#kept.length > this.#capacity * 1.25) this.#kept.splice(0, this.#kept.length - this.#capacity);
    return made;
  }

  fromId(id: number, limit: number): Aggregate[] {
    const oldest = this.#kept[0]?.id ?? this.#nextId;
    const start = Math.max(0, id - oldest);
    return this.#kept.slice(start, start + limit);
  }

  /** Aggregates whose time is in [from, to], oldest first. */
  between(from: number, to: number, limit: number): Aggregate[] {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle]?.at ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    const found = this.#kept.slice(low, low + limit);
    const end = found.findIndex((one) => one.at > to);
    return end < 0 ? found : found.slice(0, end);
  }

  last(limit: number): Aggregate[] {
    return this.#kept.slice(-limit);
  }
}
