import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { fileLength } from './file-length.ts';

test('a file of 401 lines is found and one of 400 is not', () => {
  const texts = { 'libs/a/src/long.ts': ';\n'.repeat(401), 'libs/a/src/full.ts': ';\n'.repeat(400) };
  expect(placesFound(fileLength, texts)).toEqual(['libs/a/src/long.ts']);
});

test('a last line without its line feed counts', () => {
  expect(placesFound(fileLength, { 'tools/a.mjs': `${';\n'.repeat(400)};` })).toEqual(['tools/a.mjs']);
});

test('generated code may be as long as it is', () => {
  expect(placesFound(fileLength, { 'libs/a/src/records.generated.ts': ';\n'.repeat(900) })).toEqual([]);
});
