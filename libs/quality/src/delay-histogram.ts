import type { Micros } from '@concord/model';
import { z } from 'zod';

export const histogramSnapshot = z.array(z.tuple([z.int(), z.int().positive()]));
export type HistogramSnapshot = z.output<typeof histogramSnapshot>;

/** Buckets per doubling: a bucket is at most 1/32 of its values wide, below 64 µs values are exact. */
const PARTS = 32;
const EXACT = 2 * PARTS;
const WORD = 2 ** 32;
const DOUBLINGS: readonly number[] = Array.from({ length: 54 }, (_, n) => 2 ** n);

/** Place of a whole number 0 … 2^53 − 1; places rise with values. */
function placeOf(value: number): number {
  if (value < EXACT) return value;
  const exponent = value < WORD ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / WORD));
  const part = Math.floor(value / (DOUBLINGS[exponent - 5] as number)) - PARTS;
  return EXACT + (exponent - 6) * PARTS + part;
}

/** The middle of a place's values, rounded down. */
function valueOf(place: number): number {
  if (place < EXACT) return place;
  const width = DOUBLINGS[Math.floor((place - EXACT) / PARTS) + 1] as number;
  return (PARTS + ((place - EXACT) % PARTS)) * width + width / 2;
}

/**
 * Counts of durations in fixed log-linear buckets, so that quantiles need bounded memory (at most 3,136 buckets), are within 1.6 % of the
 * true ones, and depend on nothing but the values.
 */
export class DelayHistogram {
  readonly #counts: Map<number, number>;
  #total = 0;

  constructor(snapshot: HistogramSnapshot = []) {
    this.#counts = new Map(snapshot);
    for (const [, count] of snapshot) this.#total += count;
  }

  /** Negative durations (a venue's clock that runs ahead) count as such. */
  add(duration: Micros): void {
    const place = duration < 0 ? -placeOf(-duration) - 1 : placeOf(duration);
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
    this.#total++;
  }

  /** The value at 0-based `rank(total)` of the sorted durations; null when there are none. */
  at(rank: (total: number) => number): Micros | null {
    if (this.#total === 0) return null;
    let left = rank(this.#total);
    let place = 0;
    for (const [next, count] of this.#sorted()) {
      place = next;
      left -= count;
      if (left < 0) break;
    }
    return place < 0 ? -valueOf(-place - 1) : valueOf(place);
  }

  #sorted(): [number, number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  toSnapshot(): HistogramSnapshot {
    return this.#sorted();
  }
}
