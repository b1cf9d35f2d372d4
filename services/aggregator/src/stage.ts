import type { Codec } from '@concord/codec';
import type { InputRecord, Stage } from '@concord/kafka';
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

/** A schema id nobody looked up would let sound records be passed over, so a batch waits for the registry. */
async function learnSchemas(
  codec: Codec,
  records: readonly InputRecord[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = new Set<number>();
  for (const { value } of records) {
    const id = codec.needs(value);
    if (id !== undefined) unknown.add(id);
  }
  if (unknown.size > 0) await codec.learn(unknown, signal);
}
