/** Prices and sizes are integers in points of the listing's grids (`grid.ts`); times are microseconds, UTC. */
export interface QuoteEvent {
  readonly kind: 'quote';
  /** Index of the listing (one instrument at one venue) in `Market.listings`. */
  readonly listing: number;
  /** True time, and the same instant by the venue's clock. */
  readonly at: number;
  readonly venueAt: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
  readonly truePrice: number;
}

/** Fills of one taker's order at one instant; `prices[i]` goes with `sizes[i]`, in the order in which they happened. */
export interface TradesEvent {
  readonly kind: 'trades';
  readonly listing: number;
  readonly at: number;
  readonly venueAt: number;
  readonly takerBuys: boolean;
  readonly prices: readonly number[];
  readonly sizes: readonly number[];
  readonly truePrice: number;
}

export type MarketEvent = QuoteEvent | TradesEvent;
