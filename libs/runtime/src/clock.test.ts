import { expect, it, vi } from 'vitest';
import { SystemClock } from './clock.ts';

it('a timer of more than the 24 days that Node can wait is not over at once, and over in time', () => {
  vi.useFakeTimers();
  const clock = new SystemClock();
  const day = 86_400_000;
  const run = vi.fn<() => void>();
  const cancelled = vi.fn<() => void>();
  clock.setTimer(run, 60 * day);
  const timer = clock.setTimer(cancelled, 60 * day);
  vi.advanceTimersByTime(30 * day);
  timer.cancel();
  vi.advanceTimersByTime(30 * day - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
  vi.useRealTimers();
});
