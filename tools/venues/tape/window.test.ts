import { describe, expect, it } from 'vitest';
import { WEEK, windowFrom, windowStart } from './window.ts';

const at = (text: string): number => Date.parse(text) * 1_000;

describe('a window', () => {
  it('of a week begins on Monday at midnight', () => {
    expect(windowStart(at('2026-11-26T12:00:00Z'), WEEK)).toBe(at('2026-11-23T00:00:00Z'));
    expect(windowStart(at('2026-11-23T00:00:00Z'), WEEK)).toBe(at('2026-11-23T00:00:00Z'));
    expect(windowStart(at('2026-11-22T23:59:59Z'), WEEK)).toBe(at('2026-11-16T00:00:00Z'));
  });

  it('of a week begins on Thursday where weeks are counted from 1970 on', () => {
    expect(windowStart(at('2026-11-23T00:00:00Z'), WEEK, 0)).toBe(at('2026-11-19T00:00:00Z'));
  });

  it('that begins at a time or later is the next one, or this one at its very start', () => {
    expect(windowFrom(at('2026-11-23T00:00:00Z'), WEEK)).toBe(at('2026-11-23T00:00:00Z'));
    expect(windowFrom(at('2026-11-23T00:00:01Z'), WEEK)).toBe(at('2026-11-30T00:00:00Z'));
    expect(windowFrom(61, 60)).toBe(120);
  });
});
