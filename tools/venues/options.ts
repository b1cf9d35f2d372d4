import type { Clock } from '@concord/runtime';
import type { Attack } from './market/attacks.ts';
import type { Fault } from './faults.ts';
import type { LimitChanges } from './server/limits.ts';

/** Venues whose native protocol is spoken here. */
export const VENUE_NAMES = ['binance', 'coinbase', 'kraken', 'bybit', 'okx', 'ib'] as const;
export type VenueName = (typeof VENUE_NAMES)[number];

/** The steps in which prices and sizes of one instrument go at one venue, as decimal texts. */
export interface VenueSteps {
  readonly priceTick: string;
  readonly sizeStep: string;
}

/** One instrument of the market and how each venue that lists it writes its symbol. */
export interface VenueInstrument {
  /** Canonical id, `BTC-USDT`. */
  readonly id: string;
  /** The venue's own symbol; a venue without one does not list the instrument. */
  readonly symbols: Readonly<Partial<Record<VenueName, string>>>;
  /** Decimal texts: `0.01`, `0.5`, `10`. */
  readonly priceTick: string;
  readonly sizeStep: string;
  /** The steps of venues that have their own. */
  readonly steps?: Readonly<Partial<Record<VenueName, VenueSteps>>>;
  readonly startPrice: number | string;
  /** Fraction a year; default 0.6 for majors, 1.2 for the rest. */
  readonly annualVolatility?: number;
  /** Multiplies the instrument's arrival rates; default 1. A thin instrument has 0.05. */
  readonly activity?: number;
}

/** Steps of an instrument at a venue. */
export function stepsOf({ priceTick, sizeStep, steps }: VenueInstrument, venue: VenueName): VenueSteps {
  return steps?.[venue] ?? { priceTick, sizeStep };
}

export interface VenuesOptions {
  readonly clock: Clock;
  readonly seed: number;
  /** Of the synthetic market; a recording brings its own. */
  readonly instruments: readonly VenueInstrument[];
  /** Default: every venue. */
  readonly venues?: readonly VenueName[];
  /**
   * Recorded files; when given, they are played instead of the synthetic market. Files of one venue are played one after the
   * other, venues side by side. All must begin within one day: they share the clock.
   */
  readonly recordings?: readonly string[];
  /** Pace of a recording in seconds of it per second of the clock; `max` plays as fast as the readers take it. Default 1. */
  readonly speed?: number | 'max';
  /** Every value sent is written here, one JSON object a line. */
  readonly truthFile?: string;
  /** The truth file stops growing here; what is left out is counted. Default 1 GiB. */
  readonly truthLimitBytes?: number;
  /** Multiplies all arrival rates of the synthetic market; default 1. */
  readonly rate?: number;
  /** Attacks on the synthetic market, times in microseconds after its start. */
  readonly attacks?: readonly Attack[];
  /**
   * A recording begins when no subscription has come for this long after the first one; default 1,000 ms of the clock, and never
   * less than 300 ms of real time.
   */
  readonly graceMs?: number;
  /** Symbols at `ib` that the account has no subscription for: there is delayed data only. */
  readonly unsubscribed?: readonly string[];
  /** Changes of the venues' limits; default: each is as the venue has it. */
  readonly limits?: LimitChanges;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly venue: string;
  /** Frames of the recording passed so far and in all. */
  readonly played: number;
  readonly total: number;
}

/** Where a venue is reached: by WebSocket and REST, or by TCP. */
export type Address =
  | { readonly wsUrl: string; readonly restUrl: string; readonly host?: never; readonly port?: never }
  | { readonly host: string; readonly port: number; readonly wsUrl?: never; readonly restUrl?: never };

export interface VenueStats {
  /** Open connections, and how many there have ever been. */
  readonly connections: number;
  readonly connectionsTotal: number;
  readonly requests: number;
  readonly framesSent: number;
  readonly bytesSent: number;
  /** Values sent to at least one connection, by kind: `trades`, `quotes`, `bars`. */
  readonly sent: Readonly<Record<string, number>>;
  /** Connections cut because their reader fell too far behind. */
  readonly slowReaders: number;
  /** Frames a fault withheld or changed, by fault. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often clients broke each of the venue's limits; a limit that was kept is absent. */
  readonly breaches: Readonly<Record<string, number>>;
  /** The nearest that clients came to each limit, in its own unit. */
  readonly peaks: Readonly<Record<string, number>>;
}

export interface VenuesStats {
  readonly venues: Readonly<Record<string, VenueStats>>;
  readonly truth: { readonly lines: number; readonly leftOut: number };
}

export interface Venues extends AsyncDisposable {
  readonly addresses: Readonly<Record<string, Address>>;
  /** `POST /control/fault` and `GET /control/stats` for other processes. */
  readonly controlUrl: string;
  /** The recording's own first time; absent for the synthetic market. */
  readonly startAtMs?: number;
  stats(): VenuesStats;
  /** Resolves when the recording is played to its end and the clients have read it; never for the synthetic market. */
  readonly finished: Promise<void>;
  /** Throws `RangeError` for a fault that names what does not exist. */
  inject(fault: Fault): void;
}
