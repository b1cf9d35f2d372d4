import { ManualClock } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { onceSettled } from './leaders.ts';

describe('a question to the brokers while leaders change', () => {
  it.each([
    [
      'kafkajs finds no leader to ask',
      new TypeError("Cannot destructure property 'partitions' of 'low.pop(...)'"),
    ],
    ['a broker is the leader no more', Object.assign(new Error('no'), { type: 'NOT_LEADER_FOR_PARTITION' })],
  ])('is asked again when %s', async (_, failure) => {
    const clock = new ManualClock();
    let asked = 0;
    const answer = onceSettled(clock, async () => {
      if (++asked < 3) throw failure;
      return await Promise.resolve('offsets');
    });
    await clock.pass(1_000);
    expect([await answer, asked]).toEqual(['offsets', 3]);
  });

  it('fails after fifteen seconds of that, and at once of anything else', async () => {
    const clock = new ManualClock();
    const never = onceSettled(clock, () => Promise.reject(new TypeError('low.pop'))).catch(String);
    await clock.pass(16_000);
    expect(await never).toBe('TypeError: low.pop');
    await expect(onceSettled(clock, () => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });
});
