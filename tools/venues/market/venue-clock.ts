import type { VenueParameters } from './parameters.ts';
import { Random } from './random.ts';
import { clamp } from './true-price.ts';

const MOVES_PER_MINUTE = 600;

/** A venue's clock: off by a figure of its own, drifting slowly. */
export class VenueClock {
  readonly #random: Random;
  readonly #centreMicros: number;
  readonly #moveSdMicros: number;
  #driftMicros = 0;

  constructor(seed: number, parameters: VenueParameters) {
    this.#random = new Random(seed, `${parameters.venue}/clock`);
    this.#centreMicros = parameters.clockOffsetMs * 1_000;
    this.#moveSdMicros = (parameters.clockDriftMs * 1_000) / Math.sqrt(MOVES_PER_MINUTE);
  }

  /** Called once in 100 ms. */
  move(): void {
    this.#driftMicros = clamp(
      this.#driftMicros + this.#moveSdMicros * this.#random.normal(),
      -20_000,
      20_000,
    );
  }

  /** The venue's time at true time `at`, an integer. */
  at(at: number): number {
    return at + Math.round(this.#centreMicros + this.#driftMicros);
  }
}
