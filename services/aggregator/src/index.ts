export { AggregatorFold, type OnSkip, type Skip } from './fold.ts';
export { aggregatorStage, type AggregatorStageOptions } from './stage.ts';
