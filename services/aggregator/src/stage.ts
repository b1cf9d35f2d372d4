import type { SnapshotCache } from '@concord/cache';
import type { Codec } from '@concord/codec';
import type { TickKind } from '@concord/fusion';
import type { Stage } from '@concord/kafka';
import { AggregatorFold, type OnSkip } from './fold.ts';
import { snapshotWriter } from './snapshots.ts';

const INPUTS: Readonly<Record<string, TickKind>> = { 'clean.trades': 'trades', 'clean.quotes': 'quotes' };

export interface AggregatorStageOptions {
  /** Where committed records go as snapshots. */
  readonly cache?: Pick<SnapshotCache, 'put'>;
  readonly onSkip?: OnSkip;
}

/** The aggregator as a stage: `clean.<kind>` into `consensus.<kind>`, and trades into tape bars on `consensus.bars` as well. */
export function aggregatorStage(codec: Codec, { cache, onSkip }: AggregatorStageOptions = {}): Stage {
  return {
    name: 'aggregator',
    inputs: Object.keys(INPUTS),
    outputs: ['consensus.trades', 'consensus.quotes', 'consensus.bars'],
    createFold(topic) {
      const kind = INPUTS[topic];
      if (kind === undefined) throw new RangeError(`The aggregator does not read ${topic}`);
      return new AggregatorFold(kind, codec, onSkip);
    },
    prepare: (records, signal) => codec.prepare(records, signal),
    ...(cache === undefined ? {} : { committed: snapshotWriter(codec, cache) }),
  };
}
