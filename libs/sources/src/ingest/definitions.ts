import type { Instrument, VenueListing } from '@concord/codec';
import type { Listing } from '../listing.ts';
import type { Placed } from './roster.ts';

interface Defined {
  readonly place: number;
  readonly instrument: Instrument;
}

/** What the topic `instruments` says of one source. */
export class Definitions {
  readonly #source: string;
  readonly #defined = new Map<string, Defined>();

  constructor(source: string) {
    this.#source = source;
  }

  /**
   * Takes what a key holds now; null where it was deleted. `place` is that in the configuration's list; an instrument without one keeps the one it
   * has, else comes last.
   */
  take(id: string, instrument: Instrument | null, place: number | undefined): void {
    if (instrument === null) return void this.#defined.delete(id);
    const known = this.#defined.get(id)?.place;
    this.#defined.set(id, { place: place ?? known ?? this.#defined.size, instrument });
  }

  /**
   * Every active instrument that the source lists. Places are counted among those that it lists, delisted ones included: they are dense,
   * so that slots are filled evenly, and a delisting moves nothing.
   */
  get placed(): Placed[] {
    return [...this.#defined.values()]
      .sort((a, b) => a.place - b.place)
      .flatMap(({ instrument }) => {
        const venue = instrument.venues.find(({ source }) => source === this.#source);
        return venue === undefined ? [] : [{ instrument, venue }];
      })
      .flatMap(({ instrument, venue }, place) => {
        if (instrument.status === 'DELISTED') return [];
        return [{ place, listing: this.#listing(instrument, venue) }];
      });
  }

  #listing(instrument: Instrument, { symbol, market }: VenueListing): Listing {
    const { id, currency, sizeUnit, partition } = instrument;
    return { source: this.#source, instrument: id, symbol, market, currency, sizeUnit, partition };
  }
}
