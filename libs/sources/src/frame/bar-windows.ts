import type { RawBar } from '@concord/codec';
import type { Micros } from '@concord/model';
import type { ParserContext } from './frame.ts';
import type { Listing } from '../listing.ts';
import { barRecord, type BarFields } from './records.ts';

/** How many windows of one symbol are remembered; the oldest is forgotten, since no venue restates so far back. */
const WINDOWS_MAX = 1_024;

/** Counts the statements of each bar window within a session: 0 for the first, then 1, 2, … */
export class BarRevisions {
  readonly #bySymbol = new Map<string, Map<Micros, number>>();

  next(symbol: string, start: Micros): number {
    let windows = this.#bySymbol.get(symbol);
    if (windows === undefined) this.#bySymbol.set(symbol, (windows = new Map<Micros, number>()));
    const revision = (windows.get(start) ?? -1) + 1;
    windows.set(start, revision);
    if (windows.size > WINDOWS_MAX) windows.delete(windows.keys().next().value as Micros);
    return revision;
  }
}

export type OpenBar = Omit<BarFields, 'final' | 'revision'>;
export type StatedBar = BarFields;

/**
 * For venues that do not say when a bar is closed: a window is closed once a later one is stated. The last statement of it is then repeated as final, with the
 * receive and event time of the frame that proved it.
 */
export class BarCloser {
  readonly #revisions = new BarRevisions();
  readonly #open = new Map<string, OpenBar>();

  /** The statements to publish for one that the venue made, in order. */
  observe(symbol: string, bar: OpenBar): StatedBar[] {
    const open = this.#open.get(symbol);
    if (open === undefined || bar.start === open.start) {
      this.#open.set(symbol, bar);
      return [this.#state(symbol, bar, false)];
    }
    // A window older than the open one is restated: the venue corrects a closed bar.
    if (bar.start < open.start) return [this.#state(symbol, bar, true)];
    this.#open.set(symbol, bar);
    const { receiveTime, eventTime, precision, venueSequence } = bar;
    const closed = { ...open, receiveTime, eventTime, precision, venueSequence };
    return [this.#state(symbol, closed, true), this.#state(symbol, bar, false)];
  }

  /** The statements for a list of bars sent at once (a snapshot): all but the newest are closed, and none is said twice. */
  observeAll(symbol: string, bars: readonly OpenBar[]): StatedBar[] {
    const ordered = [...bars].sort((a, b) => a.start - b.start);
    const newest = ordered.pop();
    if (newest === undefined) return [];
    const open = this.#open.get(symbol);
    const stated = ordered.map((bar) => this.#state(symbol, bar, true));
    if (open !== undefined && open.start < newest.start && ordered.some((bar) => bar.start === open.start)) {
      this.#open.delete(symbol); // the list has just said how it closed
    }
    return [...stated, ...this.observe(symbol, newest)];
  }

  /** The records to publish for bars of several listings sent at once, listing by listing. */
  records(context: ParserContext, sent: readonly (readonly [Listing, OpenBar])[]): RawBar[] {
    return [...Map.groupBy(sent, ([listing]) => listing)].flatMap(([listing, bars]) => {
      const stated = this.observeAll(
        listing.symbol,
        bars.map(([, bar]) => bar),
      );
      return stated.map((bar) => barRecord(context, listing, bar));
    });
  }

  #state(symbol: string, bar: OpenBar, final: boolean): StatedBar {
    return { ...bar, final, revision: this.#revisions.next(symbol, bar.start) };
  }
}
