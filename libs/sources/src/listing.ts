import type { ConcordConfig, InstrumentDefinition } from '@concord/runtime';

/** One instrument as one source lists it: what a parser needs to name it and a writer to place it. */
export interface Listing {
  readonly source: string;
  /** Canonical instrument id. */
  readonly instrument: string;
  /** The source's own symbol, verbatim. */
  readonly symbol: string;
  readonly market: string | null;
  readonly currency: string;
  readonly sizeUnit: string;
  /** Raw partition of the instrument. */
  readonly partition: number;
}

/** The instrument as `source` lists it, or `undefined` where it does not. */
export function listingOf(definition: InstrumentDefinition, source: string): Listing | undefined {
  const venue = definition.venues[source];
  if (venue === undefined) return undefined;
  return {
    source,
    instrument: definition.id,
    symbol: venue.symbol,
    market: venue.market,
    currency: definition.currency,
    sizeUnit: definition.sizeUnit,
    partition: definition.partition,
  };
}

/** Every active instrument that `source` lists, in the configuration's order. */
export function listingsOf(config: Pick<ConcordConfig, 'instruments'>, source: string): Listing[] {
  return config.instruments.flatMap((definition) => {
    if (definition.status === 'DELISTED') return [];
    const listing = listingOf(definition, source);
    return listing === undefined ? [] : [listing];
  });
}
