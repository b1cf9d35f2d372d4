export * from './clock.ts';
export { STRATEGIES, type FusionParameters, type StrategyName } from './config/fusion.ts';
export type { InstrumentDefinition, VenueListingDefinition } from './config/instrument.ts';
export * from './config/pipeline.ts';
export type { QualityParameters } from './config/quality.ts';
export { configSchema, type ConcordConfig, type VenueConfig } from './config/schema.ts';
