import { parseFixed, type Fixed } from '@concord/model';
import type { InstrumentDefinition, QualityParameters } from '@concord/runtime';

/** From `from` (absolute price) on, prices move in steps of `tick`. */
export interface TickBand {
  readonly from: Fixed;
  readonly tick: Fixed;
}

/** What the rules need to know of one source's listing of an instrument. */
export interface ListingRules {
  readonly source: string;
  /** Descending by `from`; empty when the grid is not known. */
  readonly tickBands: readonly TickBand[];
  readonly lot: Fixed | null;
}

/** An instrument's definition and parameters in the form that rules use. */
export interface InstrumentRules {
  readonly id: string;
  readonly parameters: QualityParameters;
  readonly minimumPrice: Fixed | null;
  readonly maximumPrice: Fixed | null;
  readonly maximumSize: Fixed | null;
  readonly negativePrices: boolean;
  readonly wholeSizes: boolean;
  /** In the order of the definition. */
  readonly listings: ReadonlyMap<string, ListingRules>;
}

/** Only the definition's own decimals are read; they were checked when the configuration was. */
function fixed(text: string): Fixed {
  const value = parseFixed(text);
  if (value === undefined) throw new RangeError(`"${text}" is not a decimal with at most 12 places`);
  return value;
}

function optional(text: string | null): Fixed | null {
  return text === null ? null : fixed(text);
}

function bands(written: InstrumentDefinition['tickBands']): TickBand[] {
  return written
    .map(({ from, tick }) => ({ from: fixed(from), tick: fixed(tick) }))
    .sort((a, b) => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0));
}

/** A listing's own tick bands and lot take the place of the instrument's. Throws a RangeError for a text that is no decimal. */
export function instrumentRules(
  definition: InstrumentDefinition,
  parameters: QualityParameters,
): InstrumentRules {
  const shared = bands(definition.tickBands);
  const listings = Object.entries(definition.venues).map(([source, listing]): [string, ListingRules] => [
    source,
    {
      source,
      tickBands: listing.tickBands.length > 0 ? bands(listing.tickBands) : shared,
      lot: optional(listing.lot ?? definition.lot),
    },
  ]);
  return {
    id: definition.id,
    parameters,
    minimumPrice: optional(definition.minimumPrice),
    maximumPrice: optional(definition.maximumPrice),
    maximumSize: optional(definition.maximumSize),
    negativePrices: definition.negativePrices,
    wholeSizes: definition.sizeUnit === 'SHARES',
    listings: new Map(listings),
  };
}
