import { integerSqrt, type Fixed, type Micros } from '@concord/model';

/** Half-width after `age`: c·√(1 + age/`ageing`), rounded down once, at scale 10^-12. */
export function agedHalfWidth(halfWidth: Fixed, age: Micros, ageing: Micros): Fixed {
  if (age <= 0) return halfWidth;
  return integerSqrt((halfWidth * halfWidth * BigInt(ageing + age)) / BigInt(ageing));
}
