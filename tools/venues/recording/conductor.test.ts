import { expect, it } from 'vitest';
import { Conductor } from './conductor.ts';

it('venues played without a clock stay within half a second of each other, and the last one is not held', () => {
  const conductor = new Conductor();
  conductor.next('binance', 1_000_000);
  conductor.next('kraken', 3_000_000);
  expect(conductor.now).toBe(1_000_000);
  expect(conductor.mayPlay(1_500_000)).toBe(true);
  expect(conductor.mayPlay(1_500_001)).toBe(false);
  conductor.next('binance', 2_800_000);
  expect(conductor.mayPlay(3_000_000)).toBe(true);
  conductor.next('binance', undefined);
  expect(conductor.now).toBe(3_000_000);
  conductor.next('kraken', undefined);
  expect(conductor.mayPlay(Number.MAX_SAFE_INTEGER)).toBe(true);
});
