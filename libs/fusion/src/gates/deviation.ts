import { absolute, maximum, type Fixed, type Micros } from '@concord/model';
import { medianOfSorted, sortShort } from '../median.ts';
import { belowHalfPercent, percentOf } from '../proportion.ts';
import type { FusionRules } from '../rules.ts';
import type { SourceView } from '../source-view.ts';

/**
 * Gate 6. `fresh` passed all gates before; those that deviate are flagged, those that have been back for long enough are released.
 * When more than half would be flagged none is: nobody can say which side is right. Returns whether that is so (a split market).
 */
export function deviationGate(fresh: readonly SourceView[], rules: FusionRules, now: Micros): boolean {
  if (fresh.length === 0) return false;
  const reference = referencePrice(fresh);
  const limit = percentOf(reference, rules.deviationPercent);
  let flagged = 0;
  for (const view of fresh) {
    judge(view, reference, limit, rules, now);
    if (view.flagged) flagged++;
  }
  if (flagged * 2 <= fresh.length) return false;
  for (const view of fresh) {
    view.flagged = false;
    view.calmSince = null;
  }
  return true;
}

/** Median of the unflagged, or of all while fewer than three are unflagged. */
function referencePrice(fresh: readonly SourceView[]): Fixed {
  const unflagged: Fixed[] = [];
  for (const view of fresh) if (!view.flagged) unflagged.push(priceOf(view));
  const voters = unflagged.length >= 3 || unflagged.length === fresh.length ? unflagged : fresh.map(priceOf);
  return medianOfSorted(sortShort(voters));
}

function judge(view: SourceView, reference: Fixed, limit: Fixed, rules: FusionRules, now: Micros): void {
  const distance = absolute(priceOf(view) - reference);
  if (!view.flagged) {
    if (distance <= limit) return;
    const halfWidth = view.observation?.halfWidth ?? 0n;
    if (distance > maximum(limit, 3n * halfWidth)) view.flagged = true;
    return;
  }
  if (!belowHalfPercent(distance, reference, rules.deviationPercent)) {
    view.calmSince = null;
    return;
  }
  view.calmSince ??= now;
  if (now - view.calmSince < rules.deviationHold) return;
  view.flagged = false;
  view.calmSince = null;
}

function priceOf(view: SourceView): Fixed {
  return view.observation?.price as Fixed;
}
