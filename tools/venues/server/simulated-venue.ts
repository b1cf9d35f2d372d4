import type { FaultPlan, Fault } from '../faults.ts';
import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { Address, VenueStats } from '../options.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { Listing } from '../tape/listing.ts';
import type { SentValue } from './feed.ts';

/** What a source plays to: a venue's feed as far as the market goes. */
export interface MarketFeed {
  /** The listing has taken the event already. */
  quote(listing: Listing, event: QuoteEvent): void;
  /** The fills have the ids from `firstId` on. */
  trades(listing: Listing, event: TradesEvent, firstId: number): void;
  /** After each batch of events; `now` is the true time up to which they are complete. */
  tick(now: number): void;
  /** Sends a recorded frame to those subscribed to it; gives their number. */
  replay(frame: PreparedFrame): number;
}

/** One client's connection as whoever plays a recording sees it. */
export interface Reader {
  readonly unreadBytes: number;
  /** Tells the reader the time of what comes next. */
  announce(micros: number): void;
  /** Resolves when the reader has all that was sent to it, or is gone. */
  readToHere(): Promise<void>;
}

/** One simulated venue, whatever it speaks. */
export interface SimulatedVenue extends AsyncDisposable {
  readonly feed: MarketFeed;
  readonly faults: FaultPlan;
  readonly connections: ReadonlySet<Reader>;
  /** Begins to listen, on a free port. */
  listen(): Promise<Address>;
  countSent(value: SentValue): void;
  countReplayed(frame: PreparedFrame, sentTo: number): void;
  inject(fault: Fault): void;
  stats(): VenueStats;
}
