import type { Interval, Kind, Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import type { NotOffered } from '../errors.ts';
import { byVenueSymbol, type ParserContext } from '../frame/frame.ts';
import type { Listing } from '../listing.ts';
import { newSessionId } from '../session/session-id.ts';
import type { HistoricalPage } from '../source.ts';
import type { RestPurpose } from './budget.ts';
import type { FirstStep, History, HistoryStep, RepairStep } from './history.ts';
import type { Hole } from './hole.ts';
import { RestClient } from './rest.ts';
import type { RestCounters, RestVenue } from './rest-host.ts';

/** What a venue's history needs. */
export interface HistoryOptions {
  /** The run's clock. */
  readonly clock: Clock;
  /** The machine's own clock; `clock` where there is no other. */
  readonly machineClock?: Clock;
  readonly replica: string;
  readonly logger?: Logger;
  readonly counters?: Partial<RestCounters>;
}

/** A venue's clock is ahead of ours by less: what is to come later is not asked for. */
const AHEAD: Micros = 3_600_000_000;

/** History over REST, one request after the other: of a venue's own it needs the steps. */
export class RestHistory implements History {
  readonly #rest: RestClient;
  readonly #clock: Clock;
  readonly #replica: string;
  readonly #firstStep: FirstStep;
  readonly #repairStep: RepairStep;
  /** All repairs are one session: a hole that is asked for again and again must not begin a new one each time. */
  #repairs: Pick<ParserContext, 'session' | 'ordinals'> | undefined;

  constructor(venue: RestVenue, options: HistoryOptions, firstStep: FirstStep, repairStep: RepairStep) {
    const { clock, machineClock = clock, replica, logger, counters } = options;
    this.#rest = new RestClient({ venue, clock: machineClock, logger, counters });
    this.#clock = clock;
    this.#replica = replica;
    this.#firstStep = firstStep;
    this.#repairStep = repairStep;
  }

  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage> {
    const context = { ...this.#session(listing, 'history'), listings: byVenueSymbol([listing]) };
    const end = Math.min(to, this.#clock.nowMicros() + AHEAD);
    const first = this.#firstStep({ context, listing, dataType, interval, from, to: end });
    const isInside = (record: HistoricalPage[number]): boolean => {
      const time = 'start' in record ? record.start : (record.eventTime ?? 0);
      return time >= from && time < end;
    };
    return this.#follow(first, 'history', isInside, signal);
  }

  repair(hole: Hole, signal: AbortSignal | undefined): AsyncIterable<HistoricalPage> {
    const { listing } = hole;
    this.#repairs ??= this.#session(listing, 'repair');
    const context = { ...this.#repairs, listings: byVenueSymbol([listing]) };
    const first = this.#repairStep({ ...hole, context, now: this.#clock.nowMicros() });
    return this.#follow(first, 'repair', () => true, signal);
  }

  #session({ source }: Listing, purpose: RestPurpose): Pick<ParserContext, 'session' | 'ordinals'> {
    const session = newSessionId(source, `${this.#replica}-${purpose}`, this.#clock);
    return { session, ordinals: { next: 1 } };
  }

  async *#follow(
    first: HistoryStep | undefined,
    purpose: RestPurpose,
    isWanted: (record: HistoricalPage[number]) => boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    let lacking: NotOffered | undefined;
    for (let step = first; step !== undefined;) {
      const text = await this.#rest.get(step, purpose, signal);
      const answer = step.read(text, this.#clock.nowMicros());
      const { records, next } = answer;
      lacking ??= answer.lacking;
      const wanted = records.filter(isWanted);
      if (wanted.length > 0) yield wanted;
      step = next;
    }
    if (lacking !== undefined) throw lacking;
  }
}
