export { serviceNodeFlags } from './pipeline/child.ts';
export { startPipeline, type Pipeline, type PipelineOptions } from './pipeline/pipeline.ts';
export { setUp, type SetUpOptions, type SetUpResult } from './control/setup.ts';
