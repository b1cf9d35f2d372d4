import type { CleanTrade } from '@concord/codec';
import type { Fixed, Fixed24 } from '@concord/model';
import { compareAcross, type EventKey } from '../event-key.ts';

/** A price with its place in the order of events. */
export interface Mark {
  readonly key: EventKey;
  /** Place of its source in the configured order. */
  readonly order: number;
  readonly price: Fixed;
}

export interface SourceTotals {
  volume: Fixed;
  trades: number;
  /** Volume of SUSPECT trades. */
  excluded: Fixed;
}

/**
 * Everything a bar says of its trades. Adding a trade and merging two totals are both independent of order, so a bar is the same
 * however its trades came, and a long bar merged from short ones is the bar of all their trades.
 */
export interface Totals {
  first: Mark | null;
  last: Mark | null;
  high: Fixed | null;
  low: Fixed | null;
  volume: Fixed;
  notional: Fixed24;
  /** Fills where an aggregate says how many. */
  trades: number;
  buyVolume: Fixed;
  sellVolume: Fixed;
  excludedVolume: Fixed;
  readonly sources: Map<string, SourceTotals>;
}

export function emptyTotals(): Totals {
  return {
    first: null,
    last: null,
    high: null,
    low: null,
    volume: 0n,
    notional: 0n,
    trades: 0,
    buyVolume: 0n,
    sellVolume: 0n,
    excludedVolume: 0n,
    sources: new Map(),
  };
}

/** A SUSPECT trade counts in the excluded volume and nowhere else. */
export function addTrade(totals: Totals, trade: CleanTrade, key: EventKey, order: number): void {
  const { price, size } = trade;
  const ofSource = sourceTotals(totals, trade.source);
  if (trade.verdict !== 'VALID') {
    totals.excludedVolume += size;
    ofSource.excluded += size;
    return;
  }
  const fills = trade.fills ?? 1;
  const mark: Mark = { key, order, price };
  totals.first = earlier(totals.first, mark);
  totals.last = later(totals.last, mark);
  totals.high = totals.high === null || price > totals.high ? price : totals.high;
  totals.low = totals.low === null || price < totals.low ? price : totals.low;
  totals.volume += size;
  totals.notional += price * size;
  totals.trades += fills;
  if (trade.side === 'BUY') totals.buyVolume += size;
  else if (trade.side === 'SELL') totals.sellVolume += size;
  ofSource.volume += size;
  ofSource.trades += fills;
}

export function mergeTotals(into: Totals, from: Totals): void {
  if (from.first !== null) into.first = earlier(into.first, from.first);
  if (from.last !== null) into.last = later(into.last, from.last);
  if (from.high !== null && (into.high === null || from.high > into.high)) into.high = from.high;
  if (from.low !== null && (into.low === null || from.low < into.low)) into.low = from.low;
  into.volume += from.volume;
  into.notional += from.notional;
  into.trades += from.trades;
  into.buyVolume += from.buyVolume;
  into.sellVolume += from.sellVolume;
  into.excludedVolume += from.excludedVolume;
  for (const [source, theirs] of from.sources) {
    const ours = sourceTotals(into, source);
    ours.volume += theirs.volume;
    ours.trades += theirs.trades;
    ours.excluded += theirs.excluded;
  }
}

function sourceTotals(totals: Totals, source: string): SourceTotals {
  let found = totals.sources.get(source);
  if (found === undefined) totals.sources.set(source, (found = { volume: 0n, trades: 0, excluded: 0n }));
  return found;
}

function earlier(current: Mark | null, mark: Mark): Mark {
  return current === null || compareMarks(mark, current) < 0 ? mark : current;
}

function later(current: Mark | null, mark: Mark): Mark {
  return current === null || compareMarks(mark, current) > 0 ? mark : current;
}

function compareMarks(a: Mark, b: Mark): number {
  return compareAcross(a.key, a.order, b.key, b.order);
}
