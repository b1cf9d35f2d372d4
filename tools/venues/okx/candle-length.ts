import { WEEK } from '../tape/window.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Lengths of candles by OKX's names, microseconds. Those of six hours and more that begin at midnight in Hong Kong (`6H`, `1D` …), and
 * those of months, are not played.
 */
export const CANDLE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['1s', SECOND],
  ['1m', MINUTE],
  ['3m', 3 * MINUTE],
  ['5m', 5 * MINUTE],
  ['15m', 15 * MINUTE],
  ['30m', 30 * MINUTE],
  ['1H', HOUR],
  ['2H', 2 * HOUR],
  ['4H', 4 * HOUR],
  ['6Hutc', 6 * HOUR],
  ['12Hutc', 12 * HOUR],
  ['1Dutc', 24 * HOUR],
  ['1Wutc', WEEK],
]);
