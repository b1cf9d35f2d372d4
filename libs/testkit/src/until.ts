import { setTimeout as delay } from 'node:timers/promises';

/**
 * How long a test waits for what must come, in ms. A wait costs nothing where all is well, so it is longer than the longest back-off (30 s, drawn at
 * random) and any stall of a busy machine: only what never comes fails.
 */
export const PATIENCE_MS = 60_000;

export interface Waiting {
  /** Default: `PATIENCE_MS`. */
  readonly withinMs?: number;
  /** Time between two looks; default 20. Longer where a look costs the machine something. */
  readonly everyMs?: number;
  /** What the error shows besides: what was seen instead. */
  readonly told?: () => string;
}

/** Looks again and again until there is something (neither `undefined` nor `false`), and gives it; rejects when it does not come. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  waiting: Waiting = {},
): Promise<Exclude<Value, undefined | false>> {
  const { withinMs = PATIENCE_MS, everyMs = 20, told } = waiting;
  const endMs = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value as Exclude<Value, undefined | false>;
    if (performance.now() > endMs) {
      const besides = told === undefined ? '' : `\n${told()}`;
      throw new Error(`not within ${withinMs} ms: ${what}${besides}`);
    }
    await delay(everyMs);
  }
}
