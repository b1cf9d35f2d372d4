import { INTERVALS, type Interval, type Kind, type Micros } from '@concord/model';
import type { NotOffered } from '../errors.ts';
import type { ParserContext } from '../frame/frame.ts';
import type { Listing } from '../listing.ts';
import type { HistoricalPage } from '../source.ts';
import type { Hole } from './hole.ts';
import type { RestRequest } from './rest-host.ts';

/** Past records of a venue. Each venue that has any supplies one. */
export interface History {
  /** Where trades have no ids at all: `repair` compares them by itself, and gives just what is missing or throws. */
  readonly tellsMissing?: boolean;

  /** Past records in [from, to), oldest first. Throws `NotOffered`, `HistoryFailed`. */
  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage>;

  /**
   * What the venue has now of the records in a hole, with others around it, oldest first as far as the venue's paging allows. It may lag behind its own
   * stream, so that asking again gives more. Throws `NotOffered`, `HistoryFailed`.
   */
  repair(hole: Hole, signal: AbortSignal | undefined): AsyncIterable<HistoricalPage>;
}

/** The stretch [from, to) of an instrument's past, and the session that its records are numbered in. */
export interface Stretch {
  readonly context: ParserContext;
  readonly listing: Listing;
  readonly dataType: Kind;
  /** For bars; else null. */
  readonly interval: Interval | null;
  readonly from: Micros;
  readonly to: Micros;
}

/** A hole as a venue's history sees it: `context` numbers the records; `now` is the run's time. */
export interface HoleToRepair extends Hole {
  readonly context: ParserContext;
  readonly now: Micros;
}

/** What one request gave. */
export interface HistoryAnswer {
  /** Oldest first. */
  readonly records: HistoricalPage;
  /** While there is more. */
  readonly next: HistoryStep | undefined;
  /** What the venue does not have of it: thrown when everything else was given. */
  readonly lacking?: NotOffered | undefined;
}

/** One request to a venue and what its answer leads to; pure. */
export interface HistoryStep extends RestRequest {
  /** Throws `HistoryFailed`. */
  read(text: string, receiveTime: Micros): HistoryAnswer;
}

/** A venue's first step through a stretch, `undefined` where there is nothing to ask for. Throws `NotOffered`. */
export type FirstStep = (stretch: Stretch) => HistoryStep | undefined;

/** A venue's first step into a hole, `undefined` where there is nothing to ask for. Throws `NotOffered`. */
export type RepairStep = (hole: HoleToRepair) => HistoryStep | undefined;

/**
 * The windows that a hole among bars spans: those it numbers, else from that of the bar before it, which may not have been final, up to now. `undefined` where no
 * bar came before it: then nothing says of which length they are.
 */
export function barsOf(hole: HoleToRepair): Stretch | undefined {
  const { context, listing, kind, after, before, ids, now, window } = hole;
  if (kind === 'bars' && ids !== null && window !== undefined) {
    const length = INTERVALS[window];
    const to = ids.last === null ? now : (ids.last + 1) * length;
    return { context, listing, dataType: kind, interval: window, from: ids.first * length, to };
  }
  if (kind !== 'bars' || after === null || !('start' in after)) return undefined;
  // The bar that came after the hole is asked for as well: it shows that the answer reaches so far.
  const to = before !== null && 'start' in before ? before.start + 1 : now;
  return { context, listing, dataType: kind, interval: after.interval as Interval, from: after.start, to };
}
