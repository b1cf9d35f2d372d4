import { expect, test } from 'vitest';
import { messagesFound, placesFound } from '../rule-judge.ts';
import { functionLength } from './function-length.ts';

const body = (lines: number): string => '  f();\n'.repeat(lines - 2);

test('a function of 71 lines is found by name and one of 70 is not', () => {
  const texts = { 'a.ts': `function long() {\n${body(71)}}\nfunction full() {\n${body(70)}}\n` };
  expect(messagesFound(functionLength, texts)).toEqual(['long has 71 lines, at most 70 are allowed']);
});

test('methods and arrow functions count as functions', () => {
  const method = `class A {\n  long() {\n${body(71)}  }\n}\n`;
  const arrow = `const long = () => {\n${body(71)}};\n`;
  expect(placesFound(functionLength, { 'a.ts': method, 'b.ts': arrow })).toEqual(['a.ts:2', 'b.ts:1']);
});

test('a describe block may be longer, a test in it may not', () => {
  const long = `test('t', () => {\n${body(71)}});\n`;
  const texts = { 'a.test.ts': `describe('all', () => {\n${long}${long}});\n` };
  expect(placesFound(functionLength, texts)).toEqual(['a.test.ts:2', 'a.test.ts:73']);
});
