import type { VenueName } from '../options.ts';

/** How far a venue may be ahead of the one that is furthest behind, in time of the recording. */
const AHEAD_MICROS = 500_000;

/**
 * Keeps the venues of one run together when no clock does: each plays up to half a second beyond the oldest frame that is still to be played anywhere.
 * A venue whose recording begins later waits for the others.
 */
export class Conductor {
  readonly #next = new Map<VenueName, number>();

  /** A venue's next frame, microseconds since 1970; none when it has played its last. */
  next(venue: VenueName, atMicros: number | undefined): void {
    if (atMicros === undefined) this.#next.delete(venue);
    else this.#next.set(venue, atMicros);
  }

  /** The time up to which everything has been played; infinite when nothing is left. */
  get now(): number {
    return Math.min(...this.#next.values());
  }

  mayPlay(atMicros: number): boolean {
    return atMicros <= this.now + AHEAD_MICROS;
  }
}
