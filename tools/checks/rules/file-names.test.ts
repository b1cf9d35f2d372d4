import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { fileNames } from './file-names.ts';

test('names that are not kebab-case are found, of files and of folders', () => {
  const texts = { 'libs/a/priceSign.ts': '', 'libs/a/snake_case.ts': '', 'libs/Big/a.ts': '' };
  expect(placesFound(fileNames, texts).sort()).toEqual([
    'libs/Big',
    'libs/a/priceSign.ts',
    'libs/a/snake_case.ts',
  ]);
});

test('names that say nothing are found', () => {
  const texts = { 'libs/a/utils.ts': '', 'libs/a/session-manager.ts': '', 'libs/common/a.ts': '' };
  expect(placesFound(fileNames, texts).sort()).toEqual([
    'libs/a/session-manager.ts',
    'libs/a/utils.ts',
    'libs/common',
  ]);
});

test('a kind before the extension is part of no word', () => {
  const texts = {
    'test/exactly-once/kill-9.system.test.ts': '',
    'libs/a/records.generated.ts': '',
    'README.md': '',
  };
  expect(placesFound(fileNames, texts)).toEqual([]);
});
