import type {
  ConsensusQuote,
  ConsensusTrade,
  Emission,
  Method,
  QuoteEntry,
  Status,
  TradeEntry,
} from '@concord/codec';
import { roundFixed, type Fixed, type Micros } from '@concord/model';
import { agedHalfWidth } from './ageing.ts';
import { bestPrices, fusedPair } from './book.ts';
import { age, type Fused } from './fuse.ts';
import type { FusionRules } from './rules.ts';
import type { SourceView } from './source-view.ts';
import type { Sums } from './sums.ts';

/** The last value published with a quorum. */
export interface GoodValue {
  readonly value: Fixed;
  readonly confidence: Fixed;
  readonly bid: Fixed | null;
  readonly ask: Fixed | null;
  readonly asOf: Micros;
}

/** What a record is made from. */
export interface Publication {
  readonly rules: FusionRules;
  readonly members: readonly SourceView[];
  readonly fused: Fused;
  /** Null before the first value; the current one when there is a quorum. */
  readonly good: GoodValue | null;
  readonly sums: Sums;
  readonly sequence: number;
  readonly now: Micros;
  readonly emission: Emission;
  readonly triggerReceiveTime: Micros | null;
}

/** The current value as a good one; null without a quorum. */
export function goodValue(
  fused: Fused,
  members: readonly SourceView[],
  rules: FusionRules,
  now: Micros,
): GoodValue | null {
  if (fused.value === null || fused.confidence === null) return null;
  const pair = rules.kind === 'quotes' ? fusedPair(members.filter(included), fused.chosen) : null;
  return {
    value: fused.value,
    confidence: fused.confidence,
    bid: pair === null ? null : roundFixed(pair.bid, rules.places),
    ask: pair === null ? null : roundFixed(pair.ask, rules.places),
    asOf: now,
  };
}

interface Head {
  instrument: string;
  method: Method;
  sequence: number;
  logTime: Micros;
  asOf: Micros;
  status: Status;
  confidence: Fixed | null;
  emission: Emission;
  triggerReceiveTime: Micros | null;
  cumulativePriceTime: bigint;
  cumulativeConfidenceTime: bigint;
  downtimeMicros: Micros;
  average: Fixed | null;
  configVersion: number;
}

export function consensusTrade(publication: Publication): ConsensusTrade {
  const { rules, members, good, now } = publication;
  const sources = members.map((view): TradeEntry => entry(view, rules, now));
  return { ...head(publication), price: good?.value ?? null, sources };
}

export function consensusQuote(publication: Publication): ConsensusQuote {
  const { rules, members, good, now } = publication;
  const { bestBid, bestAsk, ...best } = bestPrices(members.filter(included));
  return {
    ...head(publication),
    mid: good?.value ?? null,
    bid: good?.bid ?? null,
    ask: good?.ask ?? null,
    bestBid: rounded(bestBid, rules),
    bestAsk: rounded(bestAsk, rules),
    ...best,
    sources: members.map((view): QuoteEntry => ({
      ...entry(view, rules, now),
      bid: rounded(view.observation?.bid ?? null, rules),
      ask: rounded(view.observation?.ask ?? null, rules),
    })),
  };
}

function head({ rules, fused, good, sums, ...rest }: Publication): Head {
  const { state } = sums;
  return {
    instrument: rules.instrument,
    method: rules.method,
    sequence: rest.sequence,
    logTime: rest.now,
    asOf: good?.asOf ?? rest.now,
    status: fused.status,
    confidence: fused.confidence ?? staleConfidence(good, rules, rest.now),
    emission: rest.emission,
    triggerReceiveTime: rest.triggerReceiveTime,
    cumulativePriceTime: state.priceTime,
    cumulativeConfidenceTime: state.confidenceTime,
    downtimeMicros: state.downtime,
    average: sums.average(publishedUnit(rules)),
    configVersion: rules.configVersion,
  };
}

/** Without a quorum the last value's half-width grows with its age. */
function staleConfidence(good: GoodValue | null, rules: FusionRules, now: Micros): Fixed | null {
  if (good === null) return null;
  return roundFixed(agedHalfWidth(good.confidence, now - good.asOf, rules.ageing), rules.places);
}

function entry(view: SourceView, rules: FusionRules, now: Micros): TradeEntry {
  const { source, observation, reason, weight } = view;
  const price = observation?.price ?? null;
  age(view, rules, now);
  return {
    source,
    value: rounded(price, rules),
    confidence: price === null ? null : roundFixed(view.aged, rules.places),
    weight,
    ageMicros: observation === null ? null : ageOf(now - observation.receiveTime),
    included: reason === '',
    reason,
  };
}

/** At most what a published number holds, however early a record says it was received. */
function ageOf(elapsed: Micros): Micros {
  return Math.min(Math.max(0, elapsed), Number.MAX_SAFE_INTEGER);
}

function included(view: SourceView): boolean {
  return view.reason === '';
}

function rounded(value: Fixed | null, rules: FusionRules): Fixed | null {
  return value === null ? null : roundFixed(value, rules.places);
}

/** The least amount that can be published at the rules' decimal places. */
export function publishedUnit(rules: FusionRules): Fixed {
  return 10n ** BigInt(12 - rules.places);
}
