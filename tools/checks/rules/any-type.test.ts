import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { anyType } from './any-type.ts';

test('any is found as a type, a cast and a type argument', () => {
  const text = 'let a: any;\nlet b = a as any;\nlet c: Map<string, any>;\n';
  expect(placesFound(anyType, { 'a.ts': text })).toEqual(['a.ts:1', 'a.ts:2', 'a.ts:3']);
});

test('the word in a name, a text or a comment is no type', () => {
  expect(placesFound(anyType, { 'a.ts': "// any\nconst any = 'any';\nexport { any };\n" })).toEqual([]);
});

test('a comment that silences the type checker is found', () => {
  const directive = ['@ts', 'ignore'].join('-');
  expect(placesFound(anyType, { 'a.ts': `\n// ${directive}\nf();\n` })).toEqual(['a.ts:2']);
});
