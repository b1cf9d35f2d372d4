import { expect, test } from 'vitest';
import type { TestModule } from 'vitest/node';
import { formatTally, tallyOf } from './summary-reporter.ts';

interface MadeTest {
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  readonly note?: string;
}

/** A module as the runner hands it over, as far as the reporter looks at it. */
function moduleOf(tests: readonly MadeTest[], errors = 0, suiteErrors = 0): TestModule {
  const made = { relativeModuleId: 'a.test.ts' };
  const cases = tests.map((result) => ({ name: 'a test', module: made, result: () => result }));
  return {
    children: {
      allTests: () => cases,
      allSuites: () => [{ errors: () => Array.from({ length: suiteErrors }) }],
    },
    errors: () => Array.from({ length: errors }),
  } as unknown as TestModule;
}

test('the closing line counts what passed, failed and was skipped', () => {
  const tally = tallyOf([
    moduleOf([{ state: 'passed' }, { state: 'failed' }]),
    moduleOf([{ state: 'passed' }, { state: 'skipped' }]),
  ]);
  expect(formatTally(tally)).toBe('2 passed, 1 failed, 1 skipped');
});

test('a file that did not load, a hook that threw and an error outside of tests are failures', () => {
  expect(
    tallyOf([moduleOf([], 1, 0), moduleOf([{ state: 'passed' }], 0, 1)], [{ message: 'late' }]).failed,
  ).toBe(3);
});

test('the reasons for skipping are told once each, with a test that gave none by name', () => {
  const absent = { state: 'skipped', note: 'no recordings here' } as const;
  const { reasons } = tallyOf([moduleOf([absent, absent, { state: 'skipped' }])]);
  expect([...reasons]).toEqual([
    ['no recordings here', 2],
    ['no reason given (a.test.ts: a test)', 1],
  ]);
});

test('a test that never ran counts as skipped, not as passed', () => {
  expect(formatTally(tallyOf([moduleOf([{ state: 'pending' }])]))).toBe('0 passed, 0 failed, 1 skipped');
});
