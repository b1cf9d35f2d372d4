import type { Micros } from '@concord/model';
import type { FusionRules } from '../rules.ts';
import type { Observation } from '../source-view.ts';
import type { GateCode } from './codes.ts';

/**
 * Second half of gate 2: age. A quote of a stream that reports every change does not grow old while its session lives. `tradeMaximumAge` is
 * what the pace of all sources' trades allows at the moment.
 */
export function ageGate(
  observation: Observation,
  everyChange: boolean,
  rules: FusionRules,
  tradeMaximumAge: Micros,
  now: Micros,
): GateCode {
  const age = now - observation.receiveTime;
  if (rules.kind === 'trades') return age > tradeMaximumAge ? 'stale' : '';
  return !everyChange && age > rules.quoteMaximumAge ? 'stale' : '';
}
