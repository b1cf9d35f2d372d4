import type { StrategyName } from '@concord/runtime';
import { consensus } from './consensus.ts';
import { latest } from './latest.ts';
import { priority } from './priority.ts';
import type { Strategy } from './strategy.ts';
import { weightedAverage } from './weighted-average.ts';

export type { Ballot, Choice, Strategy } from './strategy.ts';
export { priority } from './priority.ts';

/** Every strategy by its name in the configuration. A new one is a file and a line here. */
export const STRATEGY_BY_NAME: Readonly<Record<StrategyName, Strategy>> = {
  consensus,
  priority,
  latest,
  'weighted-average': weightedAverage,
};
