import type { LevelOne } from './level-one.ts';

/** Delayed data is this old: https://interactivebrokers.github.io/tws-api/delayed_data.html (2026-07). */
const DELAY_MICROS = 15 * 60 * 1_000_000;
/** Four samples a second for the delay and a little more; the oldest give way. */
const SAMPLES_MAX = 4 * 16 * 60;

/** The samples of the last quarter of an hour, for those who see them late. */
export class DelayedTape {
  readonly #samples: { readonly at: number; readonly value: LevelOne }[] = [];

  push(at: number, value: LevelOne): void {
    this.#samples.push({ at, value });
    const expired = this.#samples.findIndex((one) => one.at > at - DELAY_MICROS) - 1;
    const surplus = Math.max(expired, this.#samples.length - SAMPLES_MAX, 0);
    if (surplus > 0) this.#samples.splice(0, surplus);
  }

  /** What is shown at `now`; while nothing is old enough, the oldest there is. */
  at(now: number): LevelOne | undefined {
    const old = this.#samples.findLast((one) => one.at <= now - DELAY_MICROS);
    return (old ?? this.#samples[0])?.value;
  }
}
