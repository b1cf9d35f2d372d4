import { describe, expect, it } from 'vitest';
import { until } from './until.ts';

describe('until', () => {
  it('looks until there is something, and gives it', async () => {
    const answers = [undefined, false, undefined, 0, 7];
    expect(await until('a number', () => answers.shift(), { everyMs: 1 })).toBe(0);
    expect(answers).toEqual([7]);
  });

  it('names what did not come, and what was seen instead', async () => {
    let looks = 0;
    const waiting = { withinMs: 5, everyMs: 1, told: () => 'the venue is closed' };
    await expect(until('a trade', () => ++looks < 0, waiting)).rejects.toThrow(
      'not within 5 ms: a trade\nthe venue is closed',
    );
    expect(looks).toBeGreaterThan(0);
  });

  it('passes on what a look throws', async () => {
    const look = (): never => {
      throw new Error('the stage has stopped');
    };
    await expect(until('tasks', look)).rejects.toThrow('the stage has stopped');
  });
});
