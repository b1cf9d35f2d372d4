import { availableParallelism } from 'node:os';
import type { Check, CheckContext, Verdict } from './check.ts';

export interface Outcome extends Verdict {
  readonly name: string;
  readonly durationMs: number;
}

/** Runs the checks, as many at a time as there are cores, and tells each outcome as it comes. A check that throws has failed. */
export async function runChecks(
  checks: readonly Check[],
  context: CheckContext,
  onOutcome: (outcome: Outcome) => void,
  parallel: number = availableParallelism(),
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...checks];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const outcome = await runOne(check, context);
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, checks.length) }, work));
  return outcomes;
}

async function runOne(check: Check, context: CheckContext): Promise<Outcome> {
  const startMs = performance.now();
  const verdict = await check.run(context).catch((error: unknown): Verdict => {
    return { passed: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  });
  return { ...verdict, name: check.name, durationMs: performance.now() - startMs };
}
