import {
  divideHalfEven,
  maximum,
  MAX_UNSCALED,
  minimum,
  pow10,
  type Fixed,
  type Fixed18,
  type Micros,
} from '@concord/model';

/** ln 2 at scale 10^-18, a fixed decimal: `Math.log` may differ between machines. */
const LN_2 = 693_147_180_559_945_309n;
const E18 = pow10(18);
const E36 = pow10(36);

export interface SumsState {
  priceTime: Fixed18;
  confidenceTime: Fixed18;
  downtime: Micros;
  /** Σ value/confidence, decayed, at scale 36; Σ 1/confidence, decayed, at scale 24. */
  numerator: bigint;
  denominator: bigint;
  /** Log time of the last value that entered the average. */
  enteredAt: Micros | null;
}

/**
 * The sums that travel with a stream of published values: Σp·Δt and Σconfidence·Δt, in which each published value holds until the
 * next record, and, from the first value on, the downtime while the published status was NO_QUORUM; so any two records of the stream give the exact
 * time-weighted average between them. Beside them the exponential average with weight 1/confidence (Pyth's): decay
 * d = max(0, 1 − Δt·ln 2/half-life) at each published value that had a quorum, restarted after 0.7 half-lives without one.
 */
export class Sums {
  readonly state: SumsState;

  constructor(state?: SumsState) {
    this.state = state ?? {
      priceTime: 0n,
      confidenceTime: 0n,
      downtime: 0,
      numerator: 0n,
      denominator: 0n,
      enteredAt: null,
    };
  }

  /** A published value held for `elapsed`. */
  held(value: Fixed, confidence: Fixed, elapsed: Micros): void {
    const time = BigInt(elapsed);
    this.state.priceTime = bounded(this.state.priceTime + value * time);
    this.state.confidenceTime = bounded(this.state.confidenceTime + confidence * time);
  }

  /** There was no quorum for `elapsed`. */
  lost(elapsed: Micros): void {
    this.state.downtime += elapsed;
  }

  /** A value is published at `at`. A confidence below `unit`, the least published amount, weighs like `unit`. */
  enter(value: Fixed, confidence: Fixed, unit: Fixed, at: Micros, halfLife: Micros): void {
    const weight = divideHalfEven(E36, maximum(confidence, unit));
    const decay = this.#decay(at, halfLife);
    this.state.numerator = divideHalfEven(this.state.numerator * decay, E18) + weight * value;
    this.state.denominator = divideHalfEven(this.state.denominator * decay, E18) + weight;
    this.state.enteredAt = at;
  }

  /** The exponential average, rounded half to even to a multiple of `unit`; null before the first value. */
  average(unit: Fixed): Fixed | null {
    const { numerator, denominator } = this.state;
    return denominator === 0n ? null : divideHalfEven(numerator, denominator * unit) * unit;
  }

  /** At scale 18; 0 restarts the average. */
  #decay(at: Micros, halfLife: Micros): bigint {
    const { enteredAt } = this.state;
    if (enteredAt === null) return 0n;
    const elapsed = at - enteredAt;
    if (elapsed * 10 > halfLife * 7) return 0n;
    return maximum(0n, E18 - divideHalfEven(BigInt(elapsed) * LN_2, BigInt(halfLife)));
  }
}

/** The widest that a published decimal can hold. Sums of publishable prices reach it after centuries. */
function bounded(sum: bigint): bigint {
  return maximum(-MAX_UNSCALED, minimum(MAX_UNSCALED, sum));
}
