export { AggregatorFold, type Skipped } from './fold.ts';
export { aggregatorStage } from './stage.ts';
