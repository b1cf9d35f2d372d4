import type { Codec } from '@concord/codec';
import { learnSchemas, type Stage } from '@concord/kafka';
import type { TickKind } from '@concord/fusion';
import { AggregatorFold } from './fold.ts';

const INPUTS: Readonly<Record<string, TickKind>> = { 'clean.trades': 'trades', 'clean.quotes': 'quotes' };

/** The aggregator as a stage: `clean.<kind>` into `consensus.<kind>`, and trades into tape bars on `consensus.bars` as well. */
export function aggregatorStage(codec: Codec, committed?: Stage['committed']): Stage {
  return {
    name: 'aggregator',
    inputs: Object.keys(INPUTS),
    outputs: ['consensus.trades', 'consensus.quotes', 'consensus.bars'],
    createFold(topic) {
      const kind = INPUTS[topic];
      if (kind === undefined) throw new RangeError(`The aggregator does not read ${topic}`);
      return new AggregatorFold(kind, codec);
    },
    prepare: (records, signal) => learnSchemas(codec, records, signal),
    ...(committed === undefined ? {} : { committed }),
  };
}
