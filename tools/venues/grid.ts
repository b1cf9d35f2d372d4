/**
 * A decimal grid. Values on it are kept as integers counting units of 10^-`decimals` (“points”), multiples of `unit`, so that
 * the market computes with numbers and every text it sends is exact.
 */
export interface Grid {
  readonly decimals: number;
  readonly unit: number;
}

const STEP = /^(\d{1,9})(?:\.(\d{1,12}))?$/;

/** Grid of a step written as text (`0.01` → 2 decimals, unit 1; `0.5` → 1, 5). Throws `RangeError` for anything but a positive decimal. */
export function parseGrid(step: string): Grid {
  const match = STEP.exec(step);
  const fraction = (match?.[2] ?? '').replace(/0+$/, '');
  const unit = Number(`${match?.[1] ?? ''}${fraction}`);
  if (match === null || !(unit > 0))
    throw new RangeError(`step '${step}' is not a positive decimal such as 0.01`);
  return { decimals: fraction.length, unit };
}

const POWERS: readonly number[] = Array.from({ length: 16 }, (_, n) => 10 ** n);
const ZEROS = '000000000000';

export function powerOf10(n: number): number {
  return POWERS[n] ?? 10 ** n;
}

/** Nearest grid value at or below `value`, in points. */
export function floorTo(grid: Grid, value: number): number {
  return Math.floor((value * powerOf10(grid.decimals)) / grid.unit) * grid.unit;
}

export function roundTo(grid: Grid, value: number): number {
  return Math.round((value * powerOf10(grid.decimals)) / grid.unit) * grid.unit;
}

export function toNumber(grid: Grid, points: number): number {
  return points / powerOf10(grid.decimals);
}

/** `points` × 10^-`decimals` as text with exactly `decimals` places. */
export function fixedText(points: number, decimals: number): string {
  if (decimals === 0) return String(points);
  const power = powerOf10(decimals);
  const whole = Math.floor(points / power);
  const fraction = String(points - whole * power);
  return `${whole}.${ZEROS.slice(0, decimals - fraction.length)}${fraction}`;
}

/** The same padded with zeros to at least `places` decimal places. */
export function paddedText(points: number, decimals: number, places: number): string {
  const text = fixedText(points, decimals);
  if (decimals >= places) return text;
  return `${text}${decimals === 0 ? '.' : ''}${ZEROS.slice(0, places - decimals)}`;
}

/** The same without trailing zeros: `65083.5`, `7`. */
export function trimmedText(points: number, decimals: number): string {
  let rest = points;
  let places = decimals;
  while (places > 0 && rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  return fixedText(rest, places);
}

/** Text of a bigint counting 10^-`decimals`, with `places` decimal places (cut, or padded with zeros). */
export function bigText(value: bigint, decimals: number, places: number): string {
  const digits = value.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits
    .slice(digits.length - decimals)
    .padEnd(places, '0')
    .slice(0, places);
  return places === 0 ? whole : `${whole}.${fraction}`;
}
