import { Random } from './random.ts';
import { KEPT_STEPS, STEP_MICROS } from './true-price.ts';

export const ATTACK_KINDS = [
  /** Prices off by `size` (0.01 = 1 %). Give two attacks of opposite size for a split market. */
  'offset',
  /** Alive, but the price no longer moves. */
  'stuck',
  /** Sees the true price `size` seconds late (default 10, at most 40). */
  'delay',
  /** Prices fall by `size` (default 0.05) and are back at the end. */
  'flash-crash',
  /** A `share` of ticks is ten times too high or too low. */
  'decimal-shift',
  /** A `share` of ticks (default 0.004) is off by 20–100 bp, or by 1–5 % for one in three. */
  'spikes',
  /** A `share` of ticks has two neighbouring digits of the price exchanged. */
  'transposition',
  /** Runs of 3–40 ticks in a row are off by `size` (default 0.02). */
  'bad-bursts',
  /** Sends nothing. */
  'absent',
  /** Sends nothing for the length, then its old price for a second. */
  'old-price',
] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];

export interface Attack {
  readonly kind: AttackKind;
  /** Its own seed: an attack draws nothing from the market's chance. */
  readonly seed: number;
  /** Venues hit; default all. */
  readonly venues?: readonly string[];
  /** Instruments hit; default all. */
  readonly instruments?: readonly string[];
  /** Microseconds after the market's start; default 0. */
  readonly fromMicros?: number;
  readonly lengthMicros: number;
  readonly size?: number;
  readonly share?: number;
}

const OLD_PRICE_MICROS = 1_000_000;

/** One attack on one listing. Asked at each tick; holds only its own chance and what it must remember. */
export class Distortion {
  readonly #attack: Attack;
  readonly #random: Random;
  readonly #from: number;
  readonly #to: number;
  #burstLeft = 0;

  constructor(attack: Attack, originMicros: number, listing: string) {
    this.#attack = attack;
    this.#random = new Random(attack.seed, `${attack.kind}/${listing}`);
    this.#from = originMicros + (attack.fromMicros ?? 0);
    this.#to = this.#from + attack.lengthMicros;
  }

  isOver(at: number): boolean {
    return at >= this.#to + OLD_PRICE_MICROS;
  }

  #isActive(at: number): boolean {
    return at >= this.#from && at < this.#to;
  }

  /** Added to the venue's log price at `at`. */
  logOffset(at: number): number {
    if (!this.#isActive(at)) return 0;
    const { kind, size } = this.#attack;
    if (kind === 'offset') return Math.log1p(size ?? 0.01);
    if (kind !== 'flash-crash') return 0;
    // Down within the first tenth, a flat bottom, and back over the second half.
    const part = (at - this.#from) / (this.#to - this.#from);
    const depth = part < 0.1 ? part / 0.1 : part < 0.5 ? 1 : (1 - part) / 0.5;
    return Math.log1p(-(size ?? 0.05) * depth);
  }

  /** Steps of 10 ms added to the delay with which the venue sees the true price. */
  delaySteps(at: number): number {
    if (this.#attack.kind !== 'delay' || !this.#isActive(at)) return 0;
    return Math.min(KEPT_STEPS - 1, Math.round(((this.#attack.size ?? 10) * 1_000_000) / STEP_MICROS));
  }

  isStuck(at: number): boolean {
    const { kind } = this.#attack;
    if (kind === 'stuck') return this.#isActive(at);
    return kind === 'old-price' && at >= this.#from && at < this.#to + OLD_PRICE_MICROS;
  }

  isAbsent(at: number): boolean {
    const { kind } = this.#attack;
    return (kind === 'absent' || kind === 'old-price') && this.#isActive(at);
  }

  /** Factor by which one tick's prices are wrong, 1 when they are right. */
  tickFactor(at: number): number {
    if (!this.#isActive(at)) return 1;
    const { kind, size } = this.#attack;
    const share = this.#attack.share ?? 0.004;
    const random = this.#random;
    if (kind === 'decimal-shift') return random.uniform() < share ? (random.uniform() < 0.5 ? 10 : 0.1) : 1;
    if (kind === 'spikes') {
      if (random.uniform() >= share) return 1;
      const off =
        random.uniform() < 1 / 3 ? 0.01 + 0.04 * random.uniform() : 0.002 + 0.008 * random.uniform();
      return random.uniform() < 0.5 ? 1 + off : 1 - off;
    }
    if (kind === 'bad-bursts') {
      if (this.#burstLeft > 0) this.#burstLeft--;
      else if (random.uniform() < share) this.#burstLeft = random.integer(3, 40);
      return this.#burstLeft > 0 ? 1 + (size ?? 0.02) : 1;
    }
    return 1;
  }

  /** Whether this tick's price has two digits exchanged, and which: counted from the last digit, 0 when none. */
  transposedDigit(at: number): number {
    if (this.#attack.kind !== 'transposition' || !this.#isActive(at)) return 0;
    return this.#random.uniform() < (this.#attack.share ?? 0.004) ? this.#random.integer(1, 5) : 0;
  }
}

/** Exchanges the digits at places `place` and `place` + 1 from the right of an integer (place 1 = the last two). */
export function transposeDigits(points: number, place: number): number {
  const power = 10 ** (place - 1);
  const right = Math.floor(points / power) % 10;
  const left = Math.floor(points / (power * 10)) % 10;
  return points + (left - right) * power + (right - left) * power * 10;
}
