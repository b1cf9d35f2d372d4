import { encodeMarker, type Codec } from '@concord/codec';
import type { Stage, Tick } from '@concord/kafka';
import { kindOf, KINDS, MICROS_PER_MS } from '@concord/model';
import { ValidatorFold } from './fold.ts';
import type { ValidatorMetrics } from './metrics.ts';

/** The validator as a stage: `raw.<kind>` into `clean.<kind>`, `quarantine` and `quality`. */
export function validatorStage(codec: Codec, metrics?: ValidatorMetrics): Stage {
  return {
    name: 'validator',
    inputs: KINDS.map((kind) => `raw.${kind}`),
    outputs: [...KINDS.map((kind) => `clean.${kind}`), 'quarantine', 'quality'],
    createFold(topic) {
      const kind = kindOf(topic);
      if (kind === undefined) throw new RangeError(`The validator does not read ${topic}`);
      return new ValidatorFold(kind, codec);
    },
    prepare: (records, signal) => codec.prepare(records, signal),
    committed: (_partition, outputs) => metrics?.committed(codec, outputs),
    ticks: (_partition, nowMs) => clockMarkers(nowMs),
  };
}

/** One for each raw topic: log time passes although every source is dead. */
function clockMarkers(nowMs: number): Tick[] {
  const { marker, body } = encodeMarker({ type: 'clock', time: nowMs * MICROS_PER_MS });
  return KINDS.map((kind) => ({ topic: `raw.${kind}`, headers: { marker, body }, timestampMs: nowMs }));
}
