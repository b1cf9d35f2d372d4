import { expect, test } from 'vitest';
import { formatReport, reportOf } from './report.ts';

const measures = [
  { name: 'ratio', unit: 'ratio', value: 0.41239, atLeast: 0.4, rounds: [0.41239, 0.5] },
  { name: 'p99', unit: 'ms', value: 180, atMost: 150 },
  { name: 'plain', unit: 'records/s', value: 12_345.6 },
];

test('a report keeps its bounds only when every measure does', () => {
  expect(reportOf('a', measures.slice(0, 1), 1_500, '.').kept).toBe(true);
  expect(reportOf('a', measures, 1_500, '.').kept).toBe(false);
});

test('values are rounded to four digits, those of rounds as well', () => {
  expect(reportOf('a', measures, 1_234.56, '.')).toMatchObject({
    durationSeconds: 1.235,
    measures: [{ value: 0.4124, rounds: [0.4124, 0.5] }, { value: 180 }, { value: 12_350 }],
  });
});

test('each line says what is measured, its bound and whether it is kept', () => {
  const lines = formatReport(reportOf('a', measures, 1_500, '.')).split('\n');
  expect(lines[1]).toMatch(/ratio +0\.4124 ratio +at least 0\.4: kept +\(0\.4124, 0\.5\)$/);
  expect(lines[2]).toMatch(/p99 +180 ms +at most 150: MISSED$/);
  expect(lines[3]).toMatch(/plain +12,350 records\/s$/);
});
