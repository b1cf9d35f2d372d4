import type { Clock } from '@concord/runtime';
import { request } from 'undici';
import { Backoff } from '../session/backoff.ts';
import { retryAfterMs } from '../session/connection.ts';
import { HistoryFailed } from '../errors.ts';
import { Pacer } from '../session/pacer.ts';

const TRIES_MAX = 5;
const TIMEOUT_MS = 15_000;
/** A venue that asks for a longer rest than this is not waited for: the caller hears of it. */
const RETRY_AFTER_MS_MAX = 60_000;

export interface RestClientOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Pause between two requests to the host. */
  readonly gapMs: number;
}

/** Fetches a venue's historical pages: paced, with a few tries. */
export class RestClient {
  readonly #options: RestClientOptions;
  readonly #pacer: Pacer;

  constructor(options: RestClientOptions) {
    this.#options = options;
    this.#pacer = new Pacer(options.clock, options.gapMs);
  }

  /** The body's text. Throws `HistoryFailed`: `history-unreachable` or `history-refused` after the last try. */
  async get(
    path: string,
    query: Readonly<Record<string, string | number>>,
    signal?: AbortSignal,
  ): Promise<string> {
    const { clock, baseUrl } = this.#options;
    const url = new URL(baseUrl + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const backoff = new Backoff(clock);
    for (let attempt = 1; ; attempt++) {
      await clock.sleep(this.#pacer.reserveMs(), signal);
      signal?.throwIfAborted();
      try {
        return await this.#once(url, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HistoryFailed)) throw error;
        const restMs = error.retryAfterMs ?? 0;
        if (attempt >= TRIES_MAX || !isWorthRepeating(error.status) || restMs > RETRY_AFTER_MS_MAX)
          throw error;
        await clock.sleep(Math.max(backoff.nextMs(), restMs), signal);
      }
    }
  }

  async #once(url: URL, signal: AbortSignal | undefined): Promise<string> {
    const response = await request(url, {
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      throw new HistoryFailed('history-unreachable', `${url.host}: ${String(cause)}`, { cause });
    });
    const text = await response.body.text().catch((cause: unknown) => {
      throw new HistoryFailed('history-unreachable', `${url.host}: the answer broke off`, { cause });
    });
    if (response.statusCode === 200) return text;
    const header = response.headers['retry-after'];
    throw new HistoryFailed(
      'history-refused',
      `${url.host}${url.pathname} answered ${response.statusCode}: ${text.slice(0, 200)}`,
      {
        status: response.statusCode,
        retryAfterMs: retryAfterMs(Array.isArray(header) ? header[0] : header, this.#options.clock.nowMs()),
      },
    );
  }
}

function isWorthRepeating(status: number | null): boolean {
  return status === null || status === 418 || status === 429 || status >= 500;
}
