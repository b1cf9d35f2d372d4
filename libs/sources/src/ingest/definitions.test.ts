import type { Instrument, VenueListing } from '@concord/codec';
import { ONE } from '@concord/model';
import { expect, it } from 'vitest';
import { Definitions } from './definitions.ts';

function listed(...sources: string[]): VenueListing[] {
  return sources.map((source) => ({
    source,
    symbol: source.toUpperCase(),
    market: null,
    tickBands: [],
    lot: null,
  }));
}

function instrument(id: string, venues: VenueListing[], status: Instrument['status'] = 'ACTIVE'): Instrument {
  return {
    id,
    assetClass: 'CRYPTO',
    base: id,
    quote: 'USD',
    currency: 'USD',
    sizeUnit: id,
    partition: 3,
    priceScale: 2,
    tickBands: [],
    lot: null,
    multiplier: ONE,
    minimumPrice: null,
    maximumPrice: null,
    maximumSize: null,
    negativePrices: false,
    status,
    expiry: null,
    venues,
    calendar: null,
    splits: [],
    parameters: '{}',
    configVersion: 1,
  };
}

const places = (definitions: Definitions): string =>
  definitions.placed.map(({ place, listing }) => `${listing.instrument}${place}`).join(' ');

it('lists what the source lists, counted in the order of the configuration', () => {
  const definitions = new Definitions('a');
  definitions.take('Z', instrument('Z', listed('a')), 2);
  definitions.take('X', instrument('X', listed('a', 'b')), 0);
  definitions.take('Y', instrument('Y', listed('b')), 1);
  expect(places(definitions)).toBe('X0 Z1');
  expect(definitions.placed[0]?.listing).toEqual({
    source: 'a',
    instrument: 'X',
    symbol: 'A',
    market: null,
    currency: 'USD',
    sizeUnit: 'X',
    partition: 3,
  });
});

it('leaves out what is delisted, and moves nothing for it', () => {
  const definitions = new Definitions('a');
  for (const [place, id] of ['X', 'Y', 'Z'].entries())
    definitions.take(id, instrument(id, listed('a')), place);
  definitions.take('Y', instrument('Y', listed('a'), 'DELISTED'), 1);
  expect(places(definitions)).toBe('X0 Z2');
});

it('forgets what was deleted, and puts what has no place at the end', () => {
  const definitions = new Definitions('a');
  for (const id of ['X', 'Y', 'Z']) definitions.take(id, instrument(id, listed('a')), undefined);
  definitions.take('X', null, undefined);
  definitions.take('Y', instrument('Y', listed('a')), undefined);
  expect(places(definitions)).toBe('Y0 Z1');
});
