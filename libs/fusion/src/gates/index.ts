import type { Micros } from '@concord/model';
import type { FusionRules } from '../rules.ts';
import type { SourceView } from '../source-view.ts';
import { ageGate } from './age.ts';
import { aliveGate } from './alive.ts';
import type { GateCode } from './codes.ts';

export { GATE_CODES, type GateCode } from './codes.ts';
export { deviationGate } from './deviation.ts';

/**
 * Gates 1 to 5 in their order; the first that closes gives the reason. Gate 6 judges sources against each other and follows
 * (`deviationGate`). `stuck` of gate 2 comes with rule 12 and the calendar of gate 5 with sessions: they go where
 * `age` and `not-trading` stand.
 */
export function gateOf(view: SourceView, rules: FusionRules, tradeMaximumAge: Micros, now: Micros): GateCode {
  const { observation, member } = view;
  if (member === undefined || observation === null) return 'no-observation';
  const alive = aliveGate(view, rules, now);
  if (alive !== '') return alive;
  const aged = ageGate(observation, member.everyChange, rules, tradeMaximumAge, now);
  if (aged !== '') return aged;
  if (view.newestSuspect) return 'suspect';
  if (observation.price === null) return 'one-sided';
  if (observation.wide) return 'wide';
  if (!rules.trading) return 'not-trading';
  return '';
}
