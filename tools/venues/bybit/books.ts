import type { QuoteEvent } from '../market/events.ts';
import type { FrameTag } from '../server/connection.ts';
import type { LevelChange } from '../tape/ladder.ts';
import type { Listing } from '../tape/listing.ts';
import { bookFrame, sequenceAt, type Category } from './messages.ts';

/** A top that has not changed is sent again after this long. */
const RESEND_MICROS = 3_000_000;
/** Depths that are sent as a snapshot and its changes; depth 1 is always whole. */
const DEPTHS = [50, 200, 1_000] as const;

type Publish = (topic: string, tag: FrameTag, make: (category: Category) => string) => number;

interface Top {
  update: number;
  quote: QuoteEvent;
  /** By the venue's clock. */
  toldAt: number;
}

interface Depth {
  readonly changes: Map<string, LevelChange>;
  update: number;
}

/** The books of all listings, as the topics `orderbook.1` and deeper tell them. */
export class Books {
  readonly #publish: Publish;
  readonly #tops = new Map<Listing, Top>();
  readonly #depths = new Map<Listing, Depth>();

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  /** Tells the top where it changed: its number, and the connections it went to. */
  take(listing: Listing, event: QuoteEvent): { id: number; sentTo: number } | undefined {
    const depth = this.#depths.get(listing);
    for (const change of listing.followQuote()) depth?.changes.set(`${change.isBid}${change.price}`, change);
    let top = this.#tops.get(listing);
    if (top !== undefined && isSame(top.quote, event)) return undefined;
    // Numbers go on above those of an earlier run, as ids of trades do.
    top = { update: (top?.update ?? listing.trades.nextId) + 1, quote: event, toldAt: event.venueAt };
    this.#tops.set(listing, top);
    return { id: top.update, sentTo: this.#tell(listing, top, event.venueAt) };
  }

  #tell(listing: Listing, top: Top, at: number): number {
    const { symbol } = listing;
    return this.#publish(`orderbook.1.${symbol}`, { kind: 'quotes', symbol }, (category) =>
      topFrame(listing, top, category, at),
    );
  }

  tick(venueNow: number): void {
    for (const [listing, top] of this.#tops) {
      if (venueNow - top.toldAt < RESEND_MICROS) continue;
      top.toldAt = venueNow;
      this.#tell(listing, top, venueNow);
    }
    for (const [listing, depth] of this.#depths) this.#pushChanges(listing, depth, venueNow);
  }

  #pushChanges(listing: Listing, depth: Depth, at: number): void {
    if (depth.changes.size === 0) return;
    const { symbol } = listing;
    const changes = [...depth.changes.values()];
    const update = ++depth.update;
    depth.changes.clear();
    const sides = { bids: changes.filter(({ isBid }) => isBid), asks: changes.filter(({ isBid }) => !isBid) };
    for (const levels of DEPTHS) {
      this.#publish(`orderbook.${levels}.${symbol}`, { kind: 'control', symbol }, (category) =>
        bookFrame({
          listing,
          category,
          depth: levels,
          type: 'delta',
          ...sides,
          update,
          seq: sequenceAt(at),
          at,
        }),
      );
    }
  }

  /** What a subscription begins with; none before the first quote. */
  snapshot(listing: Listing, levels: number, category: Category, at: number): string | undefined {
    const top = this.#tops.get(listing);
    if (top === undefined) return undefined;
    return levels === 1 ? topFrame(listing, top, category, at) : this.frame(listing, category, at, levels);
  }

  /** The whole book as a snapshot of one depth. */
  frame(listing: Listing, category: Category, at: number, levels: number = DEPTHS[0]): string {
    const { bids, asks } = listing.ladder();
    let depth = this.#depths.get(listing);
    if (depth === undefined)
      this.#depths.set(listing, (depth = { changes: new Map(), update: listing.trades.nextId }));
    const [update, seq] = [depth.update, sequenceAt(at)];
    return bookFrame({ listing, category, depth: levels, type: 'snapshot', bids, asks, update, seq, at });
  }
}

function isSame(a: QuoteEvent, b: QuoteEvent): boolean {
  return a.bid === b.bid && a.bidSize === b.bidSize && a.ask === b.ask && a.askSize === b.askSize;
}

function topFrame(listing: Listing, { update, quote }: Top, category: Category, at: number): string {
  return bookFrame({
    listing,
    category,
    depth: 1,
    type: 'snapshot',
    bids: [{ price: quote.bid, size: quote.bidSize }],
    asks: [{ price: quote.ask, size: quote.askSize }],
    update,
    seq: sequenceAt(at),
    at,
  });
}
