import type { BarSource, ConsensusBar, Status } from '@concord/codec';
import {
  absolute,
  divideHalfEven,
  INTERVALS,
  maximum,
  MAX_UNSCALED,
  minimum,
  pow10,
  roundFixed,
  SCALE,
  type Fixed,
  type Interval,
  type Micros,
} from '@concord/model';
import type { TapeRules } from './tape-rules.ts';
import type { Totals } from './totals.ts';

export interface BarStatement {
  readonly interval: Interval;
  readonly start: Micros;
  readonly totals: Totals;
  readonly sequence: number;
  readonly revision: number;
  readonly now: Micros;
  readonly partial: boolean;
  readonly triggerReceiveTime: Micros | null;
}

/** The record of one window. Sums beyond the 38 digits of a published decimal are published as the one farthest from 0, and `partial`. */
export function tapeBar(statement: BarStatement, rules: TapeRules): ConsensusBar {
  const { interval, start, totals, now } = statement;
  const sources = barSources(totals, rules);
  const price = (mark: { price: Fixed } | null): Fixed | null =>
    mark === null ? null : roundFixed(mark.price, rules.places);
  return {
    instrument: rules.instrument,
    method: 'TAPE',
    interval,
    sequence: statement.sequence,
    start,
    end: start + INTERVALS[interval],
    revision: statement.revision,
    logTime: now,
    status: statusOf(sources.filter(({ included }) => included).length),
    open: price(totals.first),
    high: totals.high === null ? null : roundFixed(totals.high, rules.places),
    low: totals.low === null ? null : roundFixed(totals.low, rules.places),
    close: price(totals.last),
    volume: bounded(totals.volume),
    notional: bounded(totals.notional),
    vwap: vwap(totals, rules.places),
    trades: totals.trades,
    buyVolume: bounded(totals.buyVolume),
    sellVolume: bounded(totals.sellVolume),
    excludedVolume: bounded(totals.excludedVolume),
    sources,
    partial: statement.partial || isBeyond(totals.notional) || isBeyond(totals.volume),
    fill: 'NONE',
    triggerReceiveTime: statement.triggerReceiveTime,
    configVersion: rules.configVersion,
  };
}

/** Σpq/Σq, rounded once. */
function vwap({ notional, volume }: Totals, places: number): Fixed | null {
  if (volume === 0n) return null;
  const unit = pow10(SCALE - places);
  return divideHalfEven(notional, volume * unit) * unit;
}

/** In configured order; sources that are no longer members follow by name. */
function barSources(totals: Totals, rules: TapeRules): readonly BarSource[] {
  const place = (source: string): number => rules.members.get(source) ?? rules.members.size;
  return [...totals.sources]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([source, { volume, trades }]) => ({
      source,
      volume: bounded(volume),
      trades,
      included: trades > 0,
      reason: trades > 0 ? '' : 'suspect',
    }));
}

/** By the number of sources whose trades made it, as for a consensus; a single one is what happens in a quiet second. */
function statusOf(sources: number): Status {
  if (sources >= 3) return 'OK';
  if (sources === 2) return 'DEGRADED';
  return sources === 1 ? 'SINGLE' : 'NO_QUORUM';
}

function bounded(value: bigint): bigint {
  return maximum(-MAX_UNSCALED, minimum(value, MAX_UNSCALED));
}

function isBeyond(value: bigint): boolean {
  return absolute(value) > MAX_UNSCALED;
}
