import type { Clock, Logger } from '@concord/runtime';
import { HistoryFailed } from '../errors.ts';
import { retryAfterMs } from '../session/connection.ts';
import { CircuitBreaker, type BreakerState, type PassageEnd } from './breaker.ts';
import { RateBudget, type RestLimits, type RestPurpose, type RestUsage } from './budget.ts';

const TIMEOUT_MS = 15_000;
/** Of a whole answer: each piece of one that drips is in time. */
const ANSWER_MS_MAX = 60_000;

export type RestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface RestAnswer {
  readonly status: number;
  readonly headers: RestHeaders;
  readonly text: string;
}

/** What a venue says of its REST interface; pure. */
export interface RestVenue {
  /** Base URLs in order of preference, without a slash at the end. */
  readonly urls: readonly string[];
  /** Of each host. */
  readonly limits: readonly RestLimits[];
  /** What the headers of an answer tell of the weight used. */
  readUsage?(headers: RestHeaders): RestUsage | undefined;
  /** Milliseconds to leave the host alone, where an answer says "too many requests" otherwise than by HTTP 429 or 418. */
  busyMs?(answer: RestAnswer): number | undefined;
}

/** One request. */
export interface RestRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number>>;
  /** What it counts for the venue's limits; default 1. */
  readonly weight?: number;
}

/** Where a host stands, read when metrics are scraped. */
export interface RestReading {
  readonly breaker: BreakerState;
  /** The largest part of a limit that is taken, 0 to 1. */
  readonly usedShare: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
}

export interface RestCounters {
  restHost(host: string, read: () => RestReading): void;
}

export interface RestHostOptions {
  readonly url: string;
  readonly venue: RestVenue;
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  readonly counters?: Partial<RestCounters> | undefined;
}

/** One of a venue's REST hosts, with its budget and its breaker. */
export class RestHost {
  readonly name: string;
  readonly #options: RestHostOptions;
  readonly #budget: RateBudget;
  readonly #breaker: CircuitBreaker;

  constructor(options: RestHostOptions) {
    const { url, venue, clock, logger, counters } = options;
    this.#options = options;
    this.name = new URL(url).host;
    this.#budget = new RateBudget(this.name, clock, venue.limits);
    this.#breaker = new CircuitBreaker({
      clock,
      changed: (state, pauseMs) => {
        if (state === 'OPEN' && pauseMs > 0) {
          logger?.warn(
            { host: this.name, pauseMs },
            'REST host fails: it is left alone, then tried by one request',
          );
        } else if (state === 'CLOSED') logger?.info({ host: this.name }, 'REST host answers again');
      },
    });
    counters?.restHost?.(this.name, () => ({
      breaker: this.#breaker.state,
      usedShare: this.#budget.usedShare,
      waiting: this.#budget.waiting,
    }));
  }

  /** Milliseconds until the host may be asked, as far as it failed; 0: now. */
  get waitMs(): number {
    return this.#breaker.waitMs;
  }

  /** The body's text; `undefined` when the host failed others while this one waited for its turn. Throws `HistoryFailed`. */
  async get(
    asked: RestRequest,
    purpose: RestPurpose,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const permit = await this.#budget.acquire(asked.weight ?? 1, purpose, signal);
    const passed = this.#breaker.enter();
    if (passed === undefined) {
      permit.cancel();
      return undefined;
    }
    let usage: RestUsage | undefined;
    let end: PassageEnd = 'failed';
    try {
      const answer = await this.#send(asked, signal);
      if (answer.status < 500) end = 'answered';
      usage = this.#options.venue.readUsage?.(answer.headers);
      return this.#textOf(answer, asked);
    } finally {
      passed(signal?.aborted === true ? 'unknown' : end);
      permit.settle(usage);
    }
  }

  async #send({ path, query }: RestRequest, signal: AbortSignal | undefined): Promise<RestAnswer> {
    const url = new URL(this.#options.url + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const late = new AbortController();
    const timer = this.#options.clock.setTimer(
      () => late.abort(new Error('the answer takes too long')),
      ANSWER_MS_MAX,
    );
    try {
      return await this.#fetch(
        url,
        AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]),
      );
    } finally {
      timer.cancel();
    }
  }

  async #fetch(url: URL, signal: AbortSignal): Promise<RestAnswer> {
    // Loaded when it is first needed: an ingestor that misses nothing saves its 25 MB.
    const { request } = await import('undici');
    const { statusCode, headers, body } = await request(url, {
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      signal,
    }).catch((cause: unknown) => {
      throw new HistoryFailed('history-unreachable', `${this.name}: ${String(cause)}`, { cause });
    });
    const text = await body.text().catch((cause: unknown) => {
      throw new HistoryFailed('history-unreachable', `${this.name}: the answer broke off`, { cause });
    });
    return { status: statusCode, headers, text };
  }

  #textOf(answer: RestAnswer, { path }: RestRequest): string {
    const restMs = this.#restMs(answer);
    if (restMs !== null) this.#budget.rest(restMs);
    else if (answer.status === 200) return answer.text;
    const said = `${this.name}${path} answered ${answer.status}: ${answer.text.slice(0, 200)}`;
    throw new HistoryFailed('history-refused', said, { status: answer.status, retryAfterMs: restMs });
  }

  /** How long the host is to be left alone by everybody; null where it does not ask for that. */
  #restMs(answer: RestAnswer): number | null {
    const { venue, clock } = this.#options;
    const own = venue.busyMs?.(answer);
    if (own !== undefined) return own;
    if (answer.status !== 429 && answer.status !== 418) return null;
    const header = answer.headers['retry-after'];
    const asked = retryAfterMs(Array.isArray(header) ? header[0] : header, clock.nowMs());
    return asked ?? Math.max(...venue.limits.map(({ windowMs }) => windowMs)); // then it counts anew
  }
}
