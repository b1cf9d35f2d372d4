import type { Clock, Logger } from '@concord/runtime';
import { HistoryFailed } from '../errors.ts';
import { Backoff } from '../session/backoff.ts';
import { REST_MS_MAX, type RestPurpose } from './budget.ts';
import { RestHost, type RestCounters, type RestRequest, type RestVenue } from './rest-host.ts';

const TRIES_MAX = 5;

export interface RestClientOptions {
  readonly venue: RestVenue;
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  readonly counters?: Partial<RestCounters> | undefined;
}

/**
 * Fetches a venue's historical pages: within its limits, with a few tries, from the first of its hosts that does not fail. A host that asks to
 * be left alone is obeyed, not gone round: the venue means our address, whichever host it says so at.
 */
export class RestClient {
  readonly #clock: Clock;
  readonly #hosts: readonly RestHost[];

  constructor({ venue, ...options }: RestClientOptions) {
    this.#clock = options.clock;
    this.#hosts = venue.urls.map((url) => new RestHost({ url, venue, ...options }));
  }

  /** The body's text. Throws `HistoryFailed`: `history-unreachable`, `history-refused` or `history-busy`, after the last try that is worth it. */
  async get(request: RestRequest, purpose: RestPurpose, signal?: AbortSignal): Promise<string> {
    const backoff = new Backoff(this.#clock);
    let failure: HistoryFailed | undefined;
    for (let tries = 0; tries < TRIES_MAX;) {
      signal?.throwIfAborted();
      const host = this.#hosts.find(({ waitMs }) => waitMs === 0);
      if (host === undefined) throw this.#outOfUse(failure);
      try {
        const text = await host.get(request, purpose, signal);
        if (text !== undefined) return text;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HistoryFailed) || !isWorthRepeating(error)) throw error;
        failure = error;
        tries++;
        // Where the host said how long, its budget holds everybody back; where it is left alone now, there is nothing to wait for.
        if (error.retryAfterMs === null && host.waitMs === 0)
          await this.#clock.sleep(backoff.nextMs(), signal);
      }
    }
    throw failure ?? this.#outOfUse(undefined);
  }

  #outOfUse(cause: HistoryFailed | undefined): HistoryFailed {
    const names = this.#hosts.map(({ name }) => name).join(', ');
    const why = cause === undefined ? '' : `: ${cause.message}`;
    return new HistoryFailed('history-unreachable', `${names}: left alone after failures in a row${why}`, {
      ...(cause?.status == null ? {} : { status: cause.status }),
      retryAfterMs: Math.min(...this.#hosts.map(({ waitMs }) => waitMs)),
      cause,
    });
  }
}

function isWorthRepeating({ code, status, retryAfterMs }: HistoryFailed): boolean {
  if (code === 'history-busy') return false;
  if (retryAfterMs !== null) return retryAfterMs <= REST_MS_MAX;
  return status === null || status >= 500;
}
