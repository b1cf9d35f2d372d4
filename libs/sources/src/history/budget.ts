import type { Clock, Timer } from '@concord/runtime';
import { HistoryFailed } from '../errors.ts';

/** What a host takes: requests that weigh at most `weight` together within any `windowMs`. */
export interface RestLimits {
  readonly windowMs: number;
  readonly weight: number;
  /** Part of `weight`, from 0 up to 1, that is left to repairs. */
  readonly reserveShare: number;
}

/** The weight that the venue itself has counted in its present window of this length. */
export interface RestUsage {
  readonly used: number;
  readonly windowMs: number;
}

/** Why something is asked for: repairs go before history, and may use the reserve. */
export type RestPurpose = 'repair' | 'history';

/** The right to send one request. Exactly one of the two is called. */
export interface Permit {
  /** The answer has come or never will. Until a window from now its weight counts, since the venue counted it at some time before now. */
  settle(usage?: RestUsage): void;
  /** Nothing was sent. */
  cancel(): void;
}

/** A host that asks for a longer rest than this is not waited for: the caller hears of it. */
export const REST_MS_MAX = 60_000;
/** Requests that wait; when full, the newest is refused: whoever asks so much must ask more slowly. */
const WAITING_MAX = 1_000;
/** Requests sent and not answered: those still under way when a venue says "too many" must not look like disregard of it. */
const IN_FLIGHT_MAX = 4;

interface Waiter {
  readonly weight: number;
  grant(permit: Permit): void;
  refuse(error: HistoryFailed): void;
}

/**
 * Keeps the requests to one host within the host's limits, in whichever way its windows lie. Requests wait in the order in which they came, repairs before
 * history. Real time, since the venue counts in it.
 */
export class RateBudget {
  readonly #host: string;
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly #windows: readonly Window[];
  readonly #waiting: Readonly<Record<RestPurpose, Waiter[]>> = { repair: [], history: [] };
  #inFlight = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #wake: Timer | undefined;

  constructor(host: string, clock: Pick<Clock, 'monotonicMs' | 'setTimer'>, limits: readonly RestLimits[]) {
    this.#host = host;
    this.#clock = clock;
    this.#windows = limits.map((one) => new Window(one));
  }

  get waiting(): number {
    return this.#waiting.repair.length + this.#waiting.history.length;
  }

  /** The largest part of a limit that is taken now, 0 to 1; above 1 where others use the same address. */
  get usedShare(): number {
    const now = this.#clock.monotonicMs();
    return Math.max(0, ...this.#windows.map((window) => window.usedShare(now)));
  }

  /** Resolves when the request may be sent. Throws `HistoryFailed`: `history-busy` when too many wait, `history-refused` while the host wants a long rest. */
  acquire(weight: number, purpose: RestPurpose, signal: AbortSignal | undefined): Promise<Permit> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const banned = this.#banned();
      if (banned !== undefined) throw banned;
      if (this.waiting >= WAITING_MAX) {
        throw new HistoryFailed('history-busy', `${this.#host}: ${WAITING_MAX} requests wait already`);
      }
      const queue = this.#waiting[purpose];
      const leave = (): void => {
        queue.splice(queue.indexOf(waiter), 1);
        reject(signal?.reason as Error);
        this.#pump();
      };
      const waiter: Waiter = {
        weight,
        grant: (permit) => {
          signal?.removeEventListener('abort', leave);
          resolve(permit);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.push(waiter);
      this.#pump();
    });
  }

  /** The host wants no request for so long. Where that is longer than `REST_MS_MAX`, those who wait are told. */
  rest(durationMs: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#clock.monotonicMs() + durationMs);
    const banned = this.#banned();
    if (banned === undefined) return;
    for (const queue of Object.values(this.#waiting)) for (const one of queue.splice(0)) one.refuse(banned);
  }

  #banned(): HistoryFailed | undefined {
    const leftMs = this.#restsUntil - this.#clock.monotonicMs();
    if (leftMs <= REST_MS_MAX) return undefined;
    const seconds = Math.ceil(leftMs / 1_000);
    return new HistoryFailed('history-refused', `${this.#host} wants no request for another ${seconds} s`, {
      retryAfterMs: Math.ceil(leftMs),
    });
  }

  #pump(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    for (;;) {
      const purpose = this.#waiting.repair.length > 0 ? 'repair' : 'history';
      const next = this.#waiting[purpose][0];
      if (next === undefined) return;
      const waitMs = this.#waitMs(next.weight, purpose);
      if (waitMs > 0) {
        // Where only an answer can make room, its `settle` comes back here.
        if (waitMs < Infinity) this.#wake = this.#clock.setTimer(() => this.#pump(), Math.ceil(waitMs));
        return;
      }
      this.#waiting[purpose].shift();
      next.grant(this.#enter(next.weight));
    }
  }

  #waitMs(weight: number, purpose: RestPurpose): number {
    if (this.#inFlight >= IN_FLIGHT_MAX) return Infinity;
    const now = this.#clock.monotonicMs();
    const waits = this.#windows.map((window) => window.waitMs(weight, purpose, now));
    return Math.max(0, this.#restsUntil - now, ...waits);
  }

  #enter(weight: number): Permit {
    this.#inFlight++;
    const entries = this.#windows.map((window) => ({ window, entry: window.enter(weight) }));
    const end = (finish: (window: Window, entry: Entry, now: number) => void): void => {
      this.#inFlight--;
      const now = this.#clock.monotonicMs();
      for (const { window, entry } of entries) finish(window, entry, now);
      this.#pump();
    };
    return {
      settle: (usage) => end((window, entry, now) => window.settle(entry, usage, now)),
      cancel: () => end((_window, entry) => void (entry.until = Number.NEGATIVE_INFINITY)),
    };
  }
}

interface Entry {
  readonly weight: number;
  /** When it no longer counts; infinite while the request is under way. */
  until: number;
}

/** What counts within one window, in the order of sending. */
class Window {
  readonly #limits: RestLimits;
  #own: Entry[] = [];
  /** Used by others with our address, or by us before a restart, as the venue's count tells. */
  #foreign: Entry[] = [];

  constructor(limits: RestLimits) {
    this.#limits = limits;
  }

  usedShare(now: number): number {
    return this.#used(now) / this.#limits.weight;
  }

  waitMs(weight: number, purpose: RestPurpose, now: number): number {
    const used = this.#used(now);
    const { weight: most, reserveShare } = this.#limits;
    const bound = purpose === 'repair' ? most : most * (1 - reserveShare);
    // Alone it may always go, else a request heavier than the bound would wait for ever.
    if (used === 0 || used + weight <= bound) return 0;
    const nextEnd = [...this.#foreign, ...this.#own].reduce(
      (soonest, { until }) => Math.min(soonest, until),
      Infinity,
    );
    return nextEnd - now;
  }

  enter(weight: number): Entry {
    const entry = { weight, until: Infinity };
    this.#own.push(entry);
    return entry;
  }

  settle(entry: Entry, usage: RestUsage | undefined, now: number): void {
    entry.until = now + this.#limits.windowMs;
    if (usage?.windowMs !== this.#limits.windowMs) return;
    // What was sent after this request the venue had most likely not counted yet when it answered.
    const counted = this.#own.slice(0, this.#own.indexOf(entry) + 1);
    const foreign = usage.used - weightOf(counted) - weightOf(this.#foreign);
    if (foreign > 0) this.#foreign.push({ weight: foreign, until: entry.until });
  }

  #used(now: number): number {
    const counts = ({ until }: Entry): boolean => until > now;
    this.#own = this.#own.filter(counts);
    this.#foreign = this.#foreign.filter(counts);
    return weightOf(this.#own) + weightOf(this.#foreign);
  }
}

function weightOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { weight }) => sum + weight, 0);
}
