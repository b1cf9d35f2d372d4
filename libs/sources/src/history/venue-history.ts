import type { Interval, Micros } from '@concord/model';
import { NotOffered } from '../errors.ts';
import { barsOf, type HistoryStep, type HoleToRepair, type Stretch } from './history.ts';
import { RestHistory, type HistoryOptions } from './rest-history.ts';
import type { RestVenue } from './rest-host.ts';

/** What a venue has of its past. Each gives the first step, `undefined` where there is nothing to ask for. */
export interface VenuePast {
  /** Bars that start in the stretch. Throws `NotOffered` for a length that the venue does not have. */
  bars(stretch: Stretch, interval: Interval): HistoryStep | undefined;
  /** Asked for no empty stretch. */
  trades(stretch: Stretch): HistoryStep | undefined;
  /** `undefined` for a hole without ids where they are paged by ids: then `trades` is asked for the time of it. */
  missedTrades(hole: HoleToRepair): HistoryStep | undefined;
}

/** The history of a venue that has trades and bars: no venue tells its past quotes. */
export class VenueHistory extends RestHistory {
  constructor(source: string, venue: RestVenue, past: VenuePast, options: HistoryOptions) {
    super(
      venue,
      options,
      (stretch) => {
        const { dataType, interval, from, to } = stretch;
        if (dataType === 'trades') return from < to ? past.trades(stretch) : undefined;
        if (dataType === 'bars' && interval !== null)
          return from < to ? past.bars(stretch, interval) : undefined;
        throw new NotOffered(`${source} offers no history of ${dataType}`);
      },
      (hole) => {
        if (hole.kind === 'quotes') throw new NotOffered(`${source} offers no history of quotes`);
        if (hole.kind === 'trades') return past.missedTrades(hole) ?? sinceThen(hole, past);
        const stretch = barsOf(hole);
        return stretch?.interval == null ? undefined : past.bars(stretch, stretch.interval);
      },
    );
  }
}

/** The venue's clock may be ahead of ours by less. */
const AHEAD: Micros = 60_000_000;

function sinceThen(hole: HoleToRepair, past: VenuePast): HistoryStep | undefined {
  const { context, listing, ids, from, now } = hole;
  if (ids !== null || from === null) return undefined;
  return past.trades({ context, listing, dataType: 'trades', interval: null, from, to: now + AHEAD });
}
