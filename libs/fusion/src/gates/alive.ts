import type { Micros } from '@concord/model';
import type { FusionRules } from '../rules.ts';
import type { SourceView } from '../source-view.ts';
import type { GateCode } from './codes.ts';

/**
 * Gate 1 and the first half of gate 2: the source's session is marked down, or was silent. A session that has sent no marker yet counts from
 * its first record: markers come once a second, so a record may well be ahead of the first of them.
 */
export function aliveGate(view: SourceView, rules: FusionRules, now: Micros): GateCode {
  const sign = view.signs.get(view.session);
  if (sign?.down === true) return 'down';
  const since = sign?.aliveAt ?? view.sessionSince;
  return now - since >= rules.silentAfter ? 'silent' : '';
}
