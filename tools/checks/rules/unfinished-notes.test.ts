import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { unfinishedNotes } from './unfinished-notes.ts';

test('a note of unfinished work is found in code and in documents', () => {
  const texts = {
    'libs/a/a.ts': `\n// ${['TO', 'DO'].join('')}: later\n`,
    'README.md': `${['FIX', 'ME'].join('')}\n`,
  };
  expect(placesFound(unfinishedNotes, texts)).toEqual(['libs/a/a.ts:2', 'README.md:1']);
});

test('a word that merely holds the letters is no note', () => {
  expect(placesFound(unfinishedNotes, { 'a.md': `AUTO${'TO'}${'DO'}S\n` })).toEqual([]);
});
