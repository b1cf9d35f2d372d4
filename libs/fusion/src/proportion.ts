import { absolute, ONE, type Fixed } from '@concord/model';

const PERCENT = 100n * ONE;
const BPS = 10_000n * ONE;

/**
 * `percent` (a `Fixed`: 1 % is 10^12) of |value|, rounded down. A comparison `x > percentOf(…)` of an integer x is exact all the
 * same: x exceeds a real bound exactly when it exceeds the bound's floor.
 */
export function percentOf(value: Fixed, percent: Fixed): Fixed {
  return (absolute(value) * percent) / PERCENT;
}

/** Whether `amount` is below half of `percent` of |value|, exactly. */
export function belowHalfPercent(amount: Fixed, value: Fixed, percent: Fixed): boolean {
  return 2n * PERCENT * amount < absolute(value) * percent;
}

/** `bps` basis points of |value|, rounded up, so that `x >= bpsOf(…)` of an integer x is exact. */
export function bpsOf(value: Fixed, bps: Fixed): Fixed {
  const product = absolute(value) * bps;
  return (product + BPS - 1n) / BPS;
}
