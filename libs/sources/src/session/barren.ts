/** A live connection on which no stream has brought anything for so long is made anew, then after twice as long each time. */
const BARREN_MS = 900_000;
const DOUBLINGS_MAX = 4;

/**
 * How long a connection may bring nothing at all. A dead one is found so where no stream has a rhythm that could be broken; there is nobody whom it
 * serves, and a market that rests costs few connections.
 */
export class Barren {
  #times = 0;

  /** Whether a live session has brought nothing for too long; the next one may for longer. */
  isOver(silentMs: number): boolean {
    if (silentMs < BARREN_MS * 2 ** Math.min(this.#times, DOUBLINGS_MAX)) return false;
    this.#times++;
    return true;
  }

  /** Data came. */
  over(): void {
    this.#times = 0;
  }
}
