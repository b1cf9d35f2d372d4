import type { Kind } from '@concord/model';

/** How silence of one stream is judged against its own rhythm. */
export interface RhythmLimits {
  /** No stream is suspected sooner. */
  readonly floorMs: number;
  /** No stream is trusted longer. */
  readonly ceilingMs: number;
  /** Suspected when silent for this many times the longest pause it has lately made. */
  readonly factor: number;
  /** Records, and time between the first and the last of them, before a stream has a rhythm. */
  readonly warmUpCount: number;
  readonly warmUpMs: number;
  /** Suspected when nothing at all came for so long after the subscription. */
  readonly firstDataMs: number;
  /**
   * Where records come one by one from the beginning: a stream observed for `afterMs` is suspected before it has a rhythm as well, when silent for so
   * many times its longest pause and for `silentMs`.
   */
  readonly early?: { readonly afterMs: number; readonly silentMs: number };
  /** A stream that may rest without being dead (trades of a thin market) is never a reason to cut the others off. */
  readonly sporadic: boolean;
}

export const RHYTHMS: Readonly<Record<Kind, RhythmLimits>> = {
  quotes: rhythm({ floorMs: 10_000, firstDataMs: 60_000, sporadic: false }),
  trades: rhythm({ floorMs: 30_000, firstDataMs: 300_000, sporadic: true }),
  bars: rhythm({ floorMs: 60_000, firstDataMs: 300_000, sporadic: true }),
};

/** The frames of one socket together: when all of them stop, it is not a market that rests. */
export const SOCKET_RHYTHM: RhythmLimits = {
  ...rhythm({ floorMs: 5_000, firstDataMs: 60_000, sporadic: false }),
  ceilingMs: 60_000,
};

function rhythm(limits: Pick<RhythmLimits, 'floorMs' | 'firstDataMs' | 'sporadic'>): RhythmLimits {
  return { ceilingMs: 900_000, factor: 8, warmUpCount: 10, warmUpMs: 60_000, ...limits };
}

/** Length of a generation of remembered pauses: the longest of this one and the last counts. */
const GENERATION_MS = 300_000;
const DOUBLINGS_MAX = 6;

export type Judgement = 'alive' | 'stale' | 'resubscribe' | 'reconnect';

/**
 * Watches one stream. Times are steady milliseconds. Each cure that brings nothing doubles the patience before the next: first the stream alone is
 * subscribed anew, which harms nobody; then, where its rhythm is known or it should never rest, the connection is made anew.
 */
export class StreamWatch {
  readonly #limits: RhythmLimits;
  #since: number;
  #first: number | undefined;
  #last: number | undefined;
  #count = 0;
  #longest = 0;
  #longestBefore = 0;
  #generation: number;
  #cures = 0;

  constructor(limits: RhythmLimits, nowMs: number) {
    this.#limits = limits;
    this.#since = nowMs;
    this.#generation = nowMs;
  }

  /** A record came. */
  saw(nowMs: number): void {
    // A pause that holds a restart says nothing of the stream's rhythm.
    if (this.#last !== undefined && this.#since <= this.#last) {
      if (nowMs - this.#generation > GENERATION_MS) {
        this.#longestBefore = this.#longest;
        this.#longest = 0;
        this.#generation = nowMs;
      }
      this.#longest = Math.max(this.#longest, nowMs - this.#last);
    }
    this.#first ??= nowMs;
    this.#last = nowMs;
    this.#count++;
    this.#cures = 0;
  }

  /** Silence counts from now: a new session began, or the reader itself had stopped reading. The rhythm is kept. */
  restart(nowMs: number): void {
    this.#since = nowMs;
  }

  /** Whether a known rhythm is broken. Does not count as a cure. */
  isOverdue(nowMs: number): boolean {
    return this.#hasRhythm() && this.#silenceMs(nowMs) >= this.#thresholdMs();
  }

  judge(nowMs: number): Judgement {
    const silenceMs = this.#silenceMs(nowMs);
    const thresholdMs = this.#thresholdMs();
    if (silenceMs < thresholdMs) return 'alive';
    if (silenceMs < thresholdMs * 2 ** Math.min(this.#cures, DOUBLINGS_MAX)) return 'stale';
    this.#cures++;
    const mayReconnect = this.#hasRhythm() || !this.#limits.sporadic;
    return this.#cures % 2 === 0 && mayReconnect ? 'reconnect' : 'resubscribe';
  }

  #silenceMs(nowMs: number): number {
    return nowMs - Math.max(this.#since, this.#last ?? this.#since);
  }

  /** A stream slower than the ceiling has no rhythm that could be broken within it. */
  #hasRhythm(): boolean {
    const { warmUpMs, ceilingMs } = this.#limits;
    return this.#wasObserved(warmUpMs) && this.#wantedMs() <= ceilingMs;
  }

  #wasObserved(forMs: number): boolean {
    return this.#count >= this.#limits.warmUpCount && (this.#last ?? 0) - (this.#first ?? 0) >= forMs;
  }

  #wantedMs(): number {
    return this.#limits.factor * Math.max(this.#longest, this.#longestBefore);
  }

  #thresholdMs(): number {
    const { floorMs, ceilingMs, firstDataMs, early } = this.#limits;
    if (this.#count === 0) return firstDataMs;
    if (this.#hasRhythm()) return Math.max(floorMs, this.#wantedMs());
    if (early === undefined || !this.#wasObserved(early.afterMs)) return ceilingMs;
    return Math.min(ceilingMs, Math.max(early.silentMs, this.#wantedMs()));
  }
}
