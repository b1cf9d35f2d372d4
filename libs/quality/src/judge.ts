import type { Verdict } from '@concord/codec';
import type { Kind } from '@concord/model';
import type { Code, Finding, Findings } from './codes.ts';
import { NOTHING } from './codes.ts';
import type { RawByKind, RawRecord } from './record.ts';
import type { Rule, Subject } from './rule.ts';
import { barShape } from './rules/bar-shape.ts';
import { book } from './rules/book.ts';
import { barBounds, quoteBounds, tradeBounds } from './rules/bounds.ts';
import { barFields, quoteFields, tradeFields } from './rules/fields.ts';
import { barGrid, quoteGrid, tradeGrid } from './rules/grid.ts';
import { barOrder, order } from './rules/order.ts';
import { barSeen, isRepeated, repeated, seen } from './rules/seen.ts';
import { barSigns, quoteSigns, tradeSigns } from './rules/sign.ts';
import { times } from './rules/times.ts';

/** The rules of each kind, in the order of methodology A. A new rule is a line here. */
const RULES: { readonly [K in Kind]: readonly Rule<RawByKind[K]>[] } = {
  trades: [tradeFields, tradeSigns, tradeBounds, tradeGrid, times, seen, order],
  quotes: [quoteFields, quoteSigns, quoteBounds, quoteGrid, times, seen, order, book],
  bars: [barFields, barSigns, barBounds, barGrid, times, barSeen, barOrder, barShape],
};

/** What becomes of a record: refused, dropped, or passed on with a verdict. */
export type Outcome = 'REJECTED' | 'DROPPED' | Verdict;

export interface Judgement {
  readonly outcome: Outcome;
  readonly findings: Findings;
  /** Each code once, in rule order. */
  readonly codes: readonly Code[];
}

const NO_CODES: readonly Code[] = Object.freeze([]);
const CLEAN: Judgement = Object.freeze({ outcome: 'VALID', findings: NOTHING, codes: NO_CODES });

function run<R extends RawRecord>(rules: readonly Rule<R>[], subject: Subject<R>): Findings {
  let findings: Finding[] | undefined;
  for (const rule of rules) {
    const found = rule(subject);
    if (found.length > 0) findings = findings === undefined ? [...found] : findings.concat(found);
  }
  return findings ?? NOTHING;
}

function outcomeOf(findings: Findings): Outcome {
  let outcome: Outcome = 'VALID';
  for (const { effect } of findings) {
    if (effect === 'REJECT') return 'REJECTED';
    if (effect === 'DROP') outcome = 'DROPPED';
    else if (effect === 'SUSPECT' && outcome === 'VALID') outcome = 'SUSPECT';
  }
  return outcome;
}

/** The judgement that follows from findings. Of a record that is dropped only the reason for that is told. */
export function judgementOf(findings: Findings): Judgement {
  if (findings.length === 0) return CLEAN;
  const outcome = outcomeOf(findings);
  const told = outcome === 'DROPPED' ? findings.filter(({ effect }) => effect === 'DROP') : findings;
  return { outcome, findings: told, codes: [...new Set(told.map(({ code }) => code))] };
}

/**
 * Judges one record of a known instrument and source. REJECT comes before DROP: a record that repeats an id but cannot be right is
 * evidence worth keeping. Only a record read before as such (same session, ordinal not above the last) is dropped unjudged.
 */
export function judge<K extends Kind>(kind: K, subject: Subject<RawByKind[K]>): Judgement {
  if (isRepeated(subject.record, subject)) return judgementOf([repeated(subject.record)]);
  return judgementOf(run(RULES[kind] as readonly Rule<RawByKind[K]>[], subject));
}
