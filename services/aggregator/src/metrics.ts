import { Counter, type Registry } from 'prom-client';
import type { Logger } from '@concord/runtime';
import type { OnSkip, Skip } from './fold.ts';

const REASONS: readonly Skip[] = [
  'undecodable',
  'unknown-instrument',
  'marker',
  'configuration',
  'late',
  'ahead',
  'unpublishable',
];

/** Counts what folds pass over, by reason; every reason is there from the start at 0. What is folded again counts again. What has a detail is logged. */
export function skipCounter(registry: Registry, logger: Pick<Logger, 'error'>): OnSkip {
  const counter = new Counter({
    name: 'concord_aggregator_skipped_total',
    help: 'Records, or their share of a bar, that were passed over',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of REASONS) counter.inc({ reason }, 0);
  return (reason, detail) => {
    counter.inc({ reason });
    if (detail !== undefined) logger.error({ reason, detail }, 'passed over');
  };
}
