import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Why tests were skipped, with how many gave that reason. */
  readonly reasons: Map<string, number>;
}

/** The line that closes every run, alone on it and without colour, for people and programs alike. */
export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function countTest(tally: Tally, test: TestCase): void {
  const result = test.result();
  if (result.state === 'passed') tally.passed += 1;
  else if (result.state === 'failed') tally.failed += 1;
  else {
    tally.skipped += 1;
    const note = 'note' in result ? result.note : undefined;
    const reason = note ?? `no reason given (${test.module.relativeModuleId}: ${test.name})`;
    tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
  }
}

/**
 * Counts a finished run. A file that could not be loaded, a hook that threw and an error outside of any test each count as one failure: none
 * of them may hide behind tests that passed.
 */
export function tallyOf(modules: Iterable<TestModule>, unhandled: readonly SerializedError[] = []): Tally {
  const tally: Tally = { passed: 0, failed: unhandled.length, skipped: 0, reasons: new Map() };
  for (const module of modules) {
    for (const test of module.children.allTests()) countTest(tally, test);
    tally.failed += module.errors().length;
    for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
  }
  return tally;
}

/** Prints why tests were skipped and, as the very last line, how many passed, failed and were skipped. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tally = tallyOf(modules, unhandled);
    const lines = [...tally.reasons].map(([reason, count]) => `skipped ${count}: ${reason}`);
    process.stdout.write(`${[...lines, formatTally(tally)].join('\n')}\n`);
  }
}
