import type { Fixed, Interval, Kind, Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import { HistoryFailed } from '../errors.ts';
import { byVenueSymbol, readDecimal, type ParserContext } from '../frame/frame.ts';
import type { HistoryOptions } from '../ingest/ingestor.ts';
import type { Listing } from '../listing.ts';
import { RestClient } from './rest.ts';
import { newSessionId } from '../session/session-id.ts';
import type { HistoricalPage } from '../source.ts';

/** Past records of a venue. Each venue that has any supplies one. */
export interface History {
  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage>;
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

/** One request to a venue and what its answer leads to; pure. */
export interface HistoryStep {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number>>;
  /** The answer's records, oldest first, and the step after it while there is more. Throws `HistoryFailed`. */
  read(text: string, receiveTime: Micros): { records: HistoricalPage; next: HistoryStep | undefined };
}

/** A venue's first step through a stretch, `undefined` where there is nothing to ask for. Throws `NotOffered`. */
export type FirstStep = (stretch: Stretch) => HistoryStep | undefined;

/** History over REST, one request after the other: of a venue's own it needs the steps. */
export class RestHistory implements History {
  readonly #rest: RestClient;
  readonly #clock: Clock;
  readonly #replica: string;
  readonly #firstStep: FirstStep;

  /** `gapMs` is the pause between two requests. */
  constructor(baseUrl: string, gapMs: number, options: HistoryOptions, firstStep: FirstStep) {
    const { clock, machineClock = clock, replica } = options;
    this.#rest = new RestClient({ baseUrl, clock: machineClock, gapMs });
    this.#clock = clock;
    this.#replica = replica;
    this.#firstStep = firstStep;
  }

  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage> {
    const context: ParserContext = {
      session: newSessionId(listing.source, `${this.#replica}-history`, this.#clock),
      ordinals: { next: 1 },
      listings: byVenueSymbol([listing]),
    };
    const first = this.#firstStep({ context, listing, dataType, interval, from, to });
    return this.#follow(first, from, to, signal);
  }

  async *#follow(
    first: HistoryStep | undefined,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    for (let step = first; step !== undefined;) {
      const text = await this.#rest.get(step.path, step.query, signal);
      const { records, next } = step.read(text, this.#clock.nowMicros());
      const inside = records.filter((record) => {
        const time = 'start' in record ? record.start : (record.eventTime ?? 0);
        return time >= from && time < to;
      });
      if (inside.length > 0) yield inside;
      step = next;
    }
  }
}

/** Reads the answers of one source. All it throws is `HistoryFailed` with the code `history-unreadable`. */
export class AnswerReader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  unreadable(what: string, cause?: unknown): HistoryFailed {
    return new HistoryFailed('history-unreadable', `${this.#source}: ${what}`, { cause });
  }

  json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.unreadable('the answer is not JSON', cause);
    }
  }

  decimal(value: unknown): Fixed {
    const fixed = readDecimal(value);
    if (fixed === undefined) throw this.unreadable(`expected a decimal, got ${JSON.stringify(value)}`);
    return fixed;
  }
}
