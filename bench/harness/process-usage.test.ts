import { expect, test } from 'vitest';
import { parseUsage } from './process-usage.ts';

test('time and memory are read past a name with brackets and blanks', () => {
  const stat = '42 (a (b) c) S 1 42 42 0 -1 4194560 5000 0 1 0 250 50 0 0 20 0 11 0 123456 1000000 2000';
  const status = 'Name:\ta\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n';
  expect(parseUsage(stat, status)).toEqual({ cpuMs: 3000, residentMb: 100, peakMb: 200 });
});
