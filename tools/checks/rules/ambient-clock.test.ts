import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { ambientClock } from './ambient-clock.ts';

test('each way to time, timers and chance past the clock is found', () => {
  const lines = [
    'Date.now();',
    'new Date();',
    'performance.now();',
    'Math.random();',
    'setTimeout(f, 1);',
    'globalThis.setInterval(f, 1);',
    'await new Promise((resolve) => setImmediate(resolve));',
    'globalThis.setImmediate(f);',
    "globalThis['setTimeout'](f, 1);",
    'globalThis.process.hrtime();',
    'const now = Date.now;',
    'process.hrtime.bigint();',
    "import { setTimeout } from 'node:timers/promises';",
    'crypto.randomUUID();',
    'AbortSignal.timeout(5);',
  ];
  const places = placesFound(ambientClock, { 'libs/a/src/a.ts': lines.join('\n') });
  expect(new Set(places)).toEqual(new Set(lines.map((_, index) => `libs/a/src/a.ts:${index + 1}`)));
});

test('a date made of a given instant is no clock', () => {
  const text = 'new Date(nowMs).toISOString();\nclock.setTimer(f, 1);\nDate.UTC(2026, 1);\n';
  expect(placesFound(ambientClock, { 'services/a/fold.ts': text })).toEqual([]);
});

test('the clock itself, tests and tools may use the machine', () => {
  const text = 'Date.now();';
  const texts = { 'libs/runtime/src/clock.ts': text, 'libs/a/src/a.test.ts': text, 'tools/a/a.ts': text };
  expect(placesFound(ambientClock, texts)).toEqual([]);
});
