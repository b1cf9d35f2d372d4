import type { Instrument, TickBand } from '@concord/codec';
import { parseFixed, type Fixed } from '@concord/model';
import type { InstrumentDefinition } from '@concord/runtime';

/** Decimals of a validated configuration always parse. */
function fixed(text: string): Fixed {
  return parseFixed(text) as Fixed;
}

function optional(text: string | null): Fixed | null {
  return text === null ? null : fixed(text);
}

function bands(list: readonly { from: string; tick: string }[]): TickBand[] {
  return list.map(({ from, tick }) => ({ from: fixed(from), tick: fixed(tick) }));
}

/** The record of topic `instruments` for a definition. `parameters` are those in force for it. */
export function instrumentRecord(
  definition: InstrumentDefinition,
  parameters: unknown,
  configVersion: number,
): Instrument {
  return {
    id: definition.id,
    assetClass: definition.assetClass,
    base: definition.base,
    quote: definition.quote,
    currency: definition.currency,
    sizeUnit: definition.sizeUnit,
    partition: definition.partition,
    priceScale: definition.priceScale,
    tickBands: bands(definition.tickBands),
    lot: optional(definition.lot),
    multiplier: fixed(definition.multiplier),
    minimumPrice: optional(definition.minimumPrice),
    maximumPrice: optional(definition.maximumPrice),
    maximumSize: optional(definition.maximumSize),
    negativePrices: definition.negativePrices,
    status: definition.status,
    expiry: definition.expiry === null ? null : definition.expiry * 1_000,
    venues: Object.entries(definition.venues).map(([source, listing]) => ({
      source,
      symbol: listing.symbol,
      market: listing.market,
      tickBands: bands(listing.tickBands),
      lot: optional(listing.lot),
    })),
    calendar: definition.calendar,
    splits: definition.splits.map((split) => ({ ...split, effective: split.effective * 1_000 })),
    parameters: JSON.stringify(parameters),
    configVersion,
  };
}
