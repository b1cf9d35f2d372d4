import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { Listing } from '../tape/listing.ts';
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface RestAnswer {
  readonly status: number;
  /** A string goes out as it is, anything else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A venue's own half: its protocol towards clients, its frames for what happens in the market. */
export interface VenueFeed {
  open(connection: Connection): void;
  receive(connection: Connection, text: string): void;
  close(connection: Connection): void;
  /** Tells a client that it will be cut soon; a venue that says nothing leaves it out. */
  announceCut?(connection: Connection): void;
  /** The listing has taken the event already. */
  quote(listing: Listing, event: QuoteEvent): void;
  /** The fills have the ids from `firstId` on. */
  trades(listing: Listing, event: TradesEvent, firstId: number): void;
  /** After each batch of events: candles, heartbeats, batches. `now` is the true time up to which events are complete. */
  tick(now: number): void;
  rest(request: RestRequest): RestAnswer;
  /** Sends a recorded frame to those subscribed to it; gives their number. */
  replay(frame: PreparedFrame): number;
}

/** What a feed is given. */
export interface FeedContext {
  readonly listings: readonly Listing[];
  /** Whether a live market is behind it; a recording brings its own snapshots and heartbeats. */
  readonly isLive: boolean;
  /** True time, microseconds. */
  readonly now: () => number;
  /** The venue's clock minus the true time, microseconds, as of its last event. */
  readonly clockOffset: () => number;
  /** The venue's time before which trades are shown by REST, microseconds; infinite unless it lags. */
  readonly restHorizon: () => number;
  /** What the venue allows; see `VenueLimits` for the limits that are kept without the feed. */
  readonly limits: Limits;
  /** Called once for each new subscription of market data. */
  readonly subscribed: () => void;
  /** Every value sent is told here. */
  readonly sent: (value: SentValue) => void;
}

/** One value given to clients. Numbers are in points of the listing's grids. */
export interface SentValue {
  readonly listing: Listing;
  readonly kind: 'trades' | 'quotes' | 'bars';
  readonly event?: QuoteEvent | TradesEvent;
  /** The venue's id; for an aggregate its own id, with the trade ids it covers. */
  readonly id?: number;
  readonly firstTradeId?: number;
  readonly lastTradeId?: number;
  readonly price?: number;
  readonly size?: number;
  /** One of several updates, picked by the clock; the value may have gone to others before. */
  readonly isSampled?: boolean;
  /** Connections it went to. */
  readonly sentTo: number;
}
