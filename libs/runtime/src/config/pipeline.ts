import type { Kind } from '@concord/model';
import type { FusionParameters } from './fusion.ts';
import type { InstrumentDefinition } from './instrument.ts';
import type { QualityParameters } from './quality.ts';
import type { ConcordConfig } from './schema.ts';

/**
 * The part of the configuration that decides results. It travels in the log as the content of `config` markers, one for each
 * raw partition, and holds only that partition's instruments: a stage's results depend on nothing outside its partition.
 */
export interface PipelineConfiguration {
  /** Version of the rules' code in force. */
  rules: number;
  sources: Record<string, { quotesEveryChange: boolean }>;
  quality: ConcordConfig['quality'];
  fusion: ConcordConfig['fusion'];
  instruments: InstrumentDefinition[];
}

/** Version of the rules that this program writes into the log. */
export const RULES_VERSION = 1;

export function pipelineConfiguration(config: ConcordConfig, partition: number): PipelineConfiguration {
  return {
    rules: RULES_VERSION,
    sources: Object.fromEntries(
      Object.entries(config.venues).map(([name, venue]) => [
        name,
        { quotesEveryChange: venue.quotesEveryChange },
      ]),
    ),
    quality: config.quality,
    fusion: config.fusion,
    instruments: config.instruments.filter((instrument) => instrument.partition === partition),
  };
}

/** Rule parameters for one instrument and data type: global, overlaid by the data type's, then by the instrument's. */
export function qualityFor(
  configuration: PipelineConfiguration,
  kind: Kind,
  instrument: InstrumentDefinition,
): QualityParameters {
  const { kinds, ...base } = configuration.quality;
  return { ...base, ...kinds[kind], ...instrument.quality } as QualityParameters;
}

/** Strategy parameters for one instrument and data type: global, overlaid by the data type's, then by the instrument's. */
export function fusionFor(
  configuration: PipelineConfiguration,
  kind: Kind,
  instrument: InstrumentDefinition,
): FusionParameters {
  const { kinds, ...base } = configuration.fusion;
  return { ...base, ...kinds[kind], ...instrument.fusion } as FusionParameters;
}
