export { ValidatorFold } from './fold.ts';
export { ValidatorMetrics } from './metrics.ts';
export { BYTES_MAX } from './quarantine.ts';
export { validatorStage } from './stage.ts';
