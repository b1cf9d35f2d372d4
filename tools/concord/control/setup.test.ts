import { expect, test } from 'vitest';
import { lacksBrokers, TooFewBrokersError } from './setup.ts';

test('more copies than brokers are told with key, value and expectation, whichever topic it was', () => {
  const refusal = Object.assign(new Error('x'), { type: 'INVALID_REPLICATION_FACTOR' });
  expect(lacksBrokers(refusal)).toBe(true);
  expect(lacksBrokers(Object.assign(new Error('y'), { errors: [new Error('z'), refusal] }))).toBe(true);
  expect(lacksBrokers(Object.assign(new Error('y'), { errors: [new Error('z')] }))).toBe(false);
  expect(lacksBrokers('INVALID_REPLICATION_FACTOR')).toBe(false);
  expect(new TooFewBrokersError(3, 1, { cause: refusal }).message).toMatch(
    /^kafka\.replication: got 3, expected at most 1, the number of brokers that run\. .* npm start brings one broker\.$/,
  );
});
