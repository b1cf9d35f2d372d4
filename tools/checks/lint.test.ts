import { expect, test } from 'vitest';
import { judge } from './lint.ts';

const lost = { message: 'Promises must be awaited', code: 'typescript(no-floating-promises)' };
const sentinel = { ...lost, filename: 'tools/checks/lint/lost-promise.ts' };
const report = (...diagnostics: object[]): { output: string } => ({
  output: JSON.stringify({ number_of_files: 7, diagnostics }),
});

test('a run that finds nothing but the planted fault passes', () => {
  expect(judge(report(sentinel))).toEqual({ passed: true, detail: '7 files', output: '' });
});

test('another lost promise fails, with its place', () => {
  const labels = [{ span: { line: 3, column: 5 } }];
  const { passed, output } = judge(report(sentinel, { ...lost, filename: 'libs/a/a.ts', labels }));
  expect(passed).toBe(false);
  expect(output).toBe('libs/a/a.ts:3:5  Promises must be awaited [typescript(no-floating-promises)]');
});

test('a linter that overlooks the planted fault fails, for it does not look at types', () => {
  expect(judge(report())).toMatchObject({
    passed: false,
    output: expect.stringContaining('does not look at types'),
  });
});

test('output that is no report fails and is shown', () => {
  expect(judge({ output: 'no such rule' })).toEqual({
    passed: false,
    output: 'The linter gave no report:\nno such rule',
  });
});
