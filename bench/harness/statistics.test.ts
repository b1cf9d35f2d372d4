import { expect, test } from 'vitest';
import { median, middleRate, quantile, slope } from './statistics.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
});

test('a quantile is one of the values, the last at most', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(values, 0.5)).toBe(50);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile([7], 0.99)).toBe(7);
});

test('the slope of a line is found again', () => {
  expect(slope([0, 1, 2, 5].map((x) => ({ x, y: 3 * x + 2 })))).toBeCloseTo(3);
});

test('the rate leaves out a slow start and a slow end', () => {
  const counts = [0, 0, 0, 0, 100, 500, 900, 1000, 1000];
  const points = counts.map((y, index) => ({ x: index * 1000, y }));
  expect(middleRate(points)).toBe(400);
});
