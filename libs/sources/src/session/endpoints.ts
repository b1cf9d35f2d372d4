import type { Clock, Logger } from '@concord/runtime';
import { CircuitBreaker } from '../history/breaker.ts';
import { Pacer } from './pacer.ts';

/** Connections in a row that brought nothing, after which an endpoint is left alone. */
const FAILURES_MAX = 2;
const PAUSE_GROWTH = { baseMs: 1_000, capMs: 30_000 };

/** An endpoint given to one connection. */
export interface Berth {
  readonly url: string;
  /** The connection serves. */
  served(): void;
  /** It ended; without `served` before, that is held against the endpoint. */
  left(): void;
}

export interface EndpointsOptions {
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Pause between two attempts at the venue, by whichever connection. */
  readonly connectGapMs: number;
}

/**
 * A venue's WebSocket endpoints, shared by all connections to it: one that fails several connections in a row is left to a single probe after a pause, and
 * the next in order of preference is taken meanwhile.
 */
export class Endpoints {
  readonly #clock: Clock;
  readonly #connects: Pacer;
  readonly #hosts: readonly { readonly url: string; readonly breaker: CircuitBreaker }[];

  constructor({ urls, clock, logger, connectGapMs }: EndpointsOptions) {
    this.#clock = clock;
    this.#connects = new Pacer(clock, connectGapMs);
    this.#hosts = urls.map((url) => {
      const changed: ConstructorParameters<typeof CircuitBreaker>[0]['changed'] = (state, pauseMs) => {
        if (state === 'OPEN' && pauseMs > 0)
          logger.warn({ url, pauseMs }, 'endpoint fails: it is left alone');
        else if (state === 'CLOSED') logger.info({ url }, 'endpoint serves again');
      };
      const growth = PAUSE_GROWTH;
      return { url, breaker: new CircuitBreaker({ clock, failuresMax: FAILURES_MAX, growth, changed }) };
    });
  }

  /** Waits for the venue's pace and for an endpoint that may be tried. `undefined` after `signal`. */
  async next(signal: AbortSignal): Promise<Berth | undefined> {
    await this.#connects.turn(signal);
    while (!signal.aborted) {
      for (const { url, breaker } of this.#hosts) {
        const passed = breaker.enter();
        if (passed === undefined) continue;
        return { url, served: () => passed('answered'), left: () => passed('failed') };
      }
      await this.#clock.sleep(Math.min(...this.#hosts.map(({ breaker }) => breaker.waitMs)), signal);
    }
    return undefined;
  }
}
