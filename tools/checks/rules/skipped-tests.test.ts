import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { skippedTests } from './skipped-tests.ts';

test('tests that are switched off, put off or run alone are found', () => {
  const text = [
    "test.only('a', f);",
    "describe.skip('b', f);",
    "it.todo('c');",
    "test.concurrent.skip('d', f);",
    "test.only.each([1])('e', f);",
    "xit('f', f);",
  ].join('\n');
  const places = placesFound(skippedTests, { 'libs/a/a.test.ts': text });
  expect(new Set(places)).toEqual(new Set([1, 2, 3, 4, 5, 6].map((line) => `libs/a/a.test.ts:${line}`)));
});

test('a condition under which a test cannot run is allowed', () => {
  const text =
    "test.skipIf(!present)('a', f);\ntest.each([1])('b', f);\nreader.skip(3);\ntest.skip('no Redis');\n";
  expect(placesFound(skippedTests, { 'libs/a/a.test.ts': text })).toEqual([]);
});
