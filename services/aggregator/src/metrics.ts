import { Counter, type Registry } from 'prom-client';
import type { OnSkip, Skip } from './fold.ts';

const REASONS: readonly Skip[] = [
  'undecodable',
  'unknown-instrument',
  'marker',
  'late',
  'ahead',
  'unpublishable',
];

/** Counts what folds pass over, by reason; every reason is there from the start at 0. What is folded again counts again. */
export function skipCounter(registry: Registry): OnSkip {
  const counter = new Counter({
    name: 'concord_aggregator_skipped_total',
    help: 'Records, or their share of a bar, that were passed over',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of REASONS) counter.inc({ reason }, 0);
  return (reason) => counter.inc({ reason });
}
