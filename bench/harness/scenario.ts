/** One figure, beside the bound it must keep. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  /** `ticks/s`, `ms`, `µs`, `MB`, `ratio` … */
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What single rounds gave; `value` is their median. */
  readonly rounds?: readonly number[];
}

export interface ScenarioContext {
  readonly signal: AbortSignal;
  /** A line for whoever waits. */
  readonly onProgress: (line: string) => void;
  /** A folder of this run alone; removed afterwards. */
  readonly dir: string;
  /** How often what is compared is repeated, one after the other in turn. */
  readonly rounds: number;
  /** How long a soak lasts. */
  readonly minutes: number;
}

/**
 * Something measured. A file `bench/<name>.ts` or `bench/scenarios/<name>.ts` that exports `scenario` is found by its name and run by
 * `npm run bench -- <name>`; nothing happens at its import.
 */
export interface Scenario {
  /** What it measures, in one line. */
  readonly says: string;
  /** Left out unless it is named. */
  readonly onRequest?: boolean;
  run(context: ScenarioContext): Promise<readonly Measure[]> | readonly Measure[];
}

export function isKept({ value, atLeast, atMost }: Measure): boolean {
  return value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}
