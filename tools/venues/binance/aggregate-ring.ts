import type { TradesEvent } from '../market/events.ts';
import type { TradeRing } from '../tape/trade-ring.ts';

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

/**
 * The last aggregates of a listing with contiguous ids, as far as their fills are kept. Only where each begins is remembered; the
 * rest follows from the fills.
 */
export class AggregateRing {
  readonly #trades: TradeRing;
  readonly #firstTradeIds: Float64Array;
  readonly #firstId: number;
  #count = 0;
  /** Id of the trade after the newest aggregate. */
  #nextTradeId = 0;

  constructor(trades: TradeRing) {
    this.#trades = trades;
    // An aggregate has a fill at least.
    this.#firstTradeIds = new Float64Array(trades.capacity);
    this.#firstId = trades.nextId;
  }

  get nextId(): number {
    return this.#firstId + this.#count;
  }

  /** The oldest whose fills are all kept. */
  get oldestId(): number {
    return this.#firstIdWhere((firstTradeId) => firstTradeId >= this.#trades.oldestId);
  }

  /** Groups an event's fills (ids from `firstTradeId` on) by price and keeps the groups. */
  push(event: TradesEvent, firstTradeId: number): Aggregate[] {
    const made: Aggregate[] = [];
    for (let i = 0; i < event.prices.length;) {
      const price = event.prices[i] ?? 0;
      let size = 0;
      let next = i;
      while (next < event.prices.length && event.prices[next] === price) size += event.sizes[next++] ?? 0;
      const [first, last] = [firstTradeId + i, firstTradeId + next - 1];
      const { venueAt: at, takerBuys } = event;
      made.push({ id: this.nextId, at, price, size, takerBuys, firstTradeId: first, lastTradeId: last });
      this.#firstTradeIds[this.#count++ % this.#firstTradeIds.length] = first;
      i = next;
    }
    this.#nextTradeId = firstTradeId + event.prices.length;
    return made;
  }

  /** First id whose time is at or after `at`; `nextId` when there is none. */
  firstIdFrom(at: number): number {
    const from = this.#trades.firstIdFrom(at);
    return this.#firstIdWhere((firstTradeId) => firstTradeId >= from);
  }

  /** Those with ids in [from, to), oldest first, as far as they are kept. */
  range(from: number, to: number): Aggregate[] {
    const found: Aggregate[] = [];
    for (let id = Math.max(from, this.oldestId); id < Math.min(to, this.nextId); id++)
      found.push(this.#get(id));
    return found;
  }

  #firstTradeId(id: number): number {
    if (id === this.nextId) return this.#nextTradeId;
    return this.#firstTradeIds[(id - this.#firstId) % this.#firstTradeIds.length] ?? 0;
  }

  #get(id: number): Aggregate {
    const firstTradeId = this.#firstTradeId(id);
    const next = this.#firstTradeId(id + 1);
    const fills = this.#trades.range(firstTradeId, next);
    const size = fills.reduce((sum, fill) => sum + fill.size, 0);
    const { at, price, takerBuys } = fills[0] ?? { at: 0, price: 0, takerBuys: false };
    return { id, at, price, size, takerBuys, firstTradeId, lastTradeId: next - 1 };
  }

  /** First kept id of which it holds, given that it then holds of all later ones. */
  #firstIdWhere(holds: (firstTradeId: number) => boolean): number {
    let low = this.#firstId + Math.max(0, this.#count - this.#firstTradeIds.length);
    let high = this.nextId;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (holds(this.#firstTradeId(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
