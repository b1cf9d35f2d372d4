import { expect, test } from 'vitest';
import type { Check, CheckContext } from './check.ts';
import { runChecks } from './schedule.ts';

const context: CheckContext = {
  root: '/',
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

function check(name: string, run: Check['run']): Check {
  return { name, says: name, run };
}

test('a check that throws has failed and the others still run', async () => {
  const told: string[] = [];
  const failing = check('failing', () => Promise.reject(new Error('out of order')));
  const passing = check('passing', () => Promise.resolve({ passed: true, output: '' }));
  const outcomes = await runChecks([failing, passing], context, ({ name }) => told.push(name), 1);
  expect(told).toEqual(['failing', 'passing']);
  expect(outcomes.map(({ passed }) => passed)).toEqual([false, true]);
  expect(outcomes[0]?.output).toContain('out of order');
});

test('no more checks run at once than asked for', async () => {
  let running = 0;
  let most = 0;
  const slow = (name: string): Check =>
    check(name, async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return { passed: true, output: '' };
    });
  await runChecks(['a', 'b', 'c', 'd', 'e'].map(slow), context, () => undefined, 2);
  expect(most).toBe(2);
});
