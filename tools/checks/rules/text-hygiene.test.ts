import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { textHygiene } from './text-hygiene.ts';

const host = ['pypi', 'org'].join('.');
const folder = ['', 'root', 'concord'].join('/');

test('a folder of one machine and a registry host are found in any text', () => {
  const texts = { 'README.md': `cd ${folder}\n`, 'libs/a/a.ts': `\nfetch('https://${host}/simple');\n` };
  expect(placesFound(textHygiene, texts)).toEqual(['README.md:1', 'libs/a/a.ts:2']);
});

test('the code that fetches may name its hosts', () => {
  expect(placesFound(textHygiene, { 'tools/local/sources.ts': `'https://${host}'` })).toEqual([]);
});

test('a relative path or an address that ends alike is no folder of a machine', () => {
  const text = `.${folder}\nhttps://example.com${folder}\n`;
  expect(placesFound(textHygiene, { 'README.md': text })).toEqual([]);
});
