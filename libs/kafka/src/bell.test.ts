import { ManualClock } from '@concord/testkit';
import { expect, test } from 'vitest';
import { Bell } from './bell.ts';

test('a ring wakes everybody who waits, and nobody who comes later', async () => {
  const clock = new ManualClock();
  const bell = new Bell(clock);
  const woken: string[] = [];
  const waits = [bell.wait().then(() => woken.push('one')), bell.wait(100).then(() => woken.push('two'))];
  bell.ring();
  await Promise.all(waits);
  expect(woken).toEqual(['one', 'two']);
  expect(clock.pending).toBe(0);
  let late = false;
  void bell.wait().then(() => (late = true));
  await clock.pass(1_000);
  expect(late).toBe(false);
});

test('a wait with a limit ends by itself', async () => {
  const clock = new ManualClock();
  const bell = new Bell(clock);
  let ended = false;
  const wait = bell.wait(100).then(() => (ended = true));
  await clock.pass(99);
  expect(ended).toBe(false);
  await clock.pass(1);
  await wait;
  bell.ring();
});
