import type { Status } from '@concord/codec';
import { absolute, divideHalfEven, maximum, roundFixed, type Fixed, type Micros } from '@concord/model';
import { agedHalfWidth } from './ageing.ts';
import { deviationGate, gateOf } from './gates/index.ts';
import { percentOf } from './proportion.ts';
import type { FusionRules } from './rules.ts';
import type { SourceView } from './source-view.ts';
import { priority, STRATEGY_BY_NAME, type Ballot } from './strategies/index.ts';
import { Votes } from './votes.ts';
import { inverseSquareWeights } from './weights.ts';

/** What all sources together say at one instant. */
export interface Fused {
  readonly status: Status;
  /** Rounded as published; null under NO_QUORUM. */
  readonly value: Fixed | null;
  readonly confidence: Fixed | null;
  /** The source whose price the value is, where it is a single one's. */
  readonly chosen: SourceView | null;
}

const NO_QUORUM: Fused = { status: 'NO_QUORUM', value: null, confidence: null, chosen: null };
/** A value that only one source supports has a half-width of at least 10 bp: this part of it. */
const SINGLE_LEAST_PART = 1_000n;

/**
 * Asks the gates of every view, ages what is left, applies the strategy and finds the status (methodology, section D). The views keep what the
 * evaluation made of them (`reason`, `aged`, `weight`) and the hysteresis of gate 6; everything else is left alone. `views`
 * are the members in configured order.
 */
export function fuse(
  views: readonly SourceView[],
  rules: FusionRules,
  tradeMaximumAge: Micros,
  now: Micros,
): Fused {
  const fresh: SourceView[] = [];
  for (const view of views) {
    view.reason = gateOf(view, rules, tradeMaximumAge, now);
    view.weight = 0;
    if (view.reason === '') fresh.push(view);
    else view.calmSince = null;
  }
  const split = deviationGate(fresh, rules, now);
  const survivors = survivorsOf(fresh);
  if (survivors.length < rules.minimumSources || survivors.length === 0) return refuse(survivors);
  if (survivors.length === 1 && !rules.singleAllowed) return refuse(survivors);
  for (const view of survivors) age(view, rules, now);
  return settle(ballotOf(survivors, rules), rules, split);
}

/** Ages a view's half-width unless its stream reports every change: silence then means that nothing changed. */
export function age(view: SourceView, rules: FusionRules, now: Micros): void {
  const { observation, member } = view;
  if (observation === null) return;
  const steady = rules.kind === 'quotes' && member?.everyChange === true;
  view.aged = steady
    ? observation.halfWidth
    : agedHalfWidth(observation.halfWidth, now - observation.receiveTime, rules.ageing);
}

function survivorsOf(fresh: readonly SourceView[]): readonly SourceView[] {
  let flagged = false;
  for (const view of fresh) {
    if (!view.flagged) continue;
    view.reason = 'deviating';
    flagged = true;
  }
  return flagged ? fresh.filter((view) => view.reason === '') : fresh;
}

function refuse(survivors: readonly SourceView[]): Fused {
  for (const view of survivors) view.reason = 'below-quorum';
  return NO_QUORUM;
}

function ballotOf(survivors: readonly SourceView[], rules: FusionRules): Ballot {
  const voteWeights =
    rules.kind === 'quotes'
      ? survivors.map(() => 1)
      : inverseSquareWeights(
          survivors.map((view) => view.aged),
          rules.weightScale,
          rules.weightCapPercent,
        );
  const votes = new Votes();
  survivors.forEach((view, i) => {
    votes.add(view.observation?.price as Fixed, view.aged, voteWeights[i] as number);
  });
  return { survivors, voteWeights, quartiles: votes.quartiles() };
}

function settle(ballot: Ballot, rules: FusionRules, split: boolean): Fused {
  const { survivors, quartiles } = ballot;
  const { value: wanted, ...first } = STRATEGY_BY_NAME[rules.strategy](ballot, rules);
  const around = (value: Fixed): Fixed => maximum(value - quartiles.p25, quartiles.p75 - value);
  const dispersed =
    split || around(wanted) > percentOf(wanted, rules.dispersedPercent) || twoApart(survivors);
  const { value, weights, chosen } = dispersed ? priority(ballot, rules) : { value: wanted, ...first };
  survivors.forEach((view, i) => {
    view.weight = weights[i] as number;
  });
  const [only] = survivors;
  const confidence =
    survivors.length === 1 && only !== undefined
      ? maximum(3n * only.aged, divideHalfEven(absolute(value), SINGLE_LEAST_PART))
      : around(value);
  return {
    status: dispersed ? 'DISPERSED' : statusOf(survivors.length),
    value: roundFixed(value, rules.places),
    confidence: roundFixed(confidence, rules.places),
    chosen,
  };
}

function twoApart(survivors: readonly SourceView[]): boolean {
  const [a, b] = survivors;
  if (survivors.length !== 2 || a === undefined || b === undefined) return false;
  const distance = absolute((a.observation?.price as Fixed) - (b.observation?.price as Fixed));
  return distance > 3n * (a.aged + b.aged);
}

function statusOf(survivors: number): Status {
  if (survivors === 1) return 'SINGLE';
  return survivors === 2 ? 'DEGRADED' : 'OK';
}
