import type { Fixed } from '@concord/model';
import { lowerMedian, sortShort, upperMedian } from './median.ts';
import type { SourceView } from './source-view.ts';

export interface FusedPair {
  readonly bid: Fixed;
  readonly ask: Fixed;
}

/**
 * Lower median of the bids and upper median of the asks: the pair never tightens beyond what a source quotes on its side. Where the value is one
 * source's price, that source's own pair.
 */
export function fusedPair(included: readonly SourceView[], chosen: SourceView | null): FusedPair | null {
  const voters = chosen === null ? included : [chosen];
  const bids: Fixed[] = [];
  const asks: Fixed[] = [];
  for (const { observation } of voters) {
    if (observation === null || observation.bid === null || observation.ask === null) continue;
    bids.push(observation.bid);
    asks.push(observation.ask);
  }
  if (bids.length === 0) return null;
  return { bid: lowerMedian(sortShort(bids)), ask: upperMedian(sortShort(asks)) };
}

export interface BestPrices {
  readonly bestBid: Fixed | null;
  readonly bestBidSource: string | null;
  readonly bestAsk: Fixed | null;
  readonly bestAskSource: string | null;
  readonly crossed: boolean;
}

/** Highest bid and lowest ask over the included sources; of equal ones that of the source that stands first. */
export function bestPrices(included: readonly SourceView[]): BestPrices {
  let bestBid: Fixed | null = null;
  let bestBidSource: string | null = null;
  let bestAsk: Fixed | null = null;
  let bestAskSource: string | null = null;
  for (const { source, observation } of included) {
    const { bid = null, ask = null } = observation ?? {};
    if (bid !== null && (bestBid === null || bid > bestBid)) [bestBid, bestBidSource] = [bid, source];
    if (ask !== null && (bestAsk === null || ask < bestAsk)) [bestAsk, bestAskSource] = [ask, source];
  }
  const crossed = bestBid !== null && bestAsk !== null && bestBid > bestAsk;
  return { bestBid, bestBidSource, bestAsk, bestAskSource, crossed };
}
