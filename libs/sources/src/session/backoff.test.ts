import { ManualClock } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

const AT_MOST = { random: () => 0.999_999 };

describe('Backoff', () => {
  it('doubles the bound of the delay up to the cap', () => {
    const backoff = new Backoff(AT_MOST, { baseMs: 100, capMs: 1_000 });
    expect(Array.from({ length: 6 }, () => backoff.nextMs())).toEqual([99, 199, 399, 799, 999, 999]);
  });

  it('starts again at the base after a reset', () => {
    const backoff = new Backoff(AT_MOST, { baseMs: 100, capMs: 1_000 });
    backoff.nextMs();
    backoff.nextMs();
    backoff.reset();
    expect(backoff.nextMs()).toBe(99);
  });

  it('spreads delays over the whole range, from nothing to the bound', () => {
    const backoff = new Backoff(new ManualClock({ seed: 3 }), { baseMs: 1_000, capMs: 1_000 });
    const delays = Array.from({ length: 1_000 }, () => backoff.nextMs());
    expect(Math.min(...delays)).toBeLessThan(20);
    expect(Math.max(...delays)).toBeGreaterThan(980);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(Math.abs(mean - 500)).toBeLessThan(30);
  });

  it('stays at the cap however often it fails', () => {
    const backoff = new Backoff(AT_MOST);
    for (let i = 0; i < 5_000; i++) expect(backoff.nextMs()).toBeLessThan(30_000);
  });
});
