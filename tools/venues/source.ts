import type { Attack } from './market/attacks.ts';
import type { VenueName } from './options.ts';
import type { RestAnswer, RestRequest } from './server/feed.ts';
import type { SimulatedVenue } from './server/simulated-venue.ts';
import type { Listing } from './tape/listing.ts';

/** What the venues play: the synthetic market or recordings. */
export interface Source {
  readonly venues: readonly VenueName[];
  readonly listings: readonly Listing[];
  readonly isLive: boolean;
  /** First time of a recording. */
  readonly startAtMs?: number;
  /** Resolves when all is played and read; never for a live market. */
  readonly finished: Promise<void>;
  /** True time up to which the events are complete, microseconds. */
  now(): number;
  clockOffset(venue: string): number;
  connect(venue: VenueName, server: SimulatedVenue): void;
  /** Told of each new subscription. */
  subscribed(venue: VenueName): void;
  /** Before anyone can connect. */
  warmUp(): void;
  run(): Disposable;
  /** Throws `RangeError` where there is no market to attack. `fromMicros` counts from now. */
  attack(attack: Attack): void;
  recordedAnswer?(venue: VenueName, request: RestRequest): RestAnswer | undefined;
}
