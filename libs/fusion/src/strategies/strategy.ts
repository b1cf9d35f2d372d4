import type { Fixed } from '@concord/model';
import type { FusionRules } from '../rules.ts';
import type { SourceView } from '../source-view.ts';
import type { Quartiles } from '../votes.ts';

/** What a strategy may look at: the survivors of the gates in configured order, at least one, and what they voted. */
export interface Ballot {
  readonly survivors: readonly SourceView[];
  readonly voteWeights: readonly number[];
  readonly quartiles: Quartiles;
}

export interface Choice {
  readonly value: Fixed;
  /** One integer per survivor, in their order, as published. */
  readonly weights: readonly number[];
  /** The survivor whose price the value is, where it is a single one's. */
  readonly chosen: SourceView | null;
}

export type Strategy = (ballot: Ballot, rules: FusionRules) => Choice;

/** p of a survivor; the gates let none without pass. */
export function priceOf(view: SourceView): Fixed {
  const price = view.observation?.price;
  if (price === null || price === undefined) throw new Error(`survivor ${view.source} has no price`);
  return price;
}

/** The choice of a single survivor's price. */
export function chooseOne(survivors: readonly SourceView[], chosen: SourceView): Choice {
  return {
    value: priceOf(chosen),
    weights: survivors.map((view) => (view === chosen ? 1 : 0)),
    chosen,
  };
}
