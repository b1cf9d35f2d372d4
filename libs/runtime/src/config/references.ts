import type { z } from 'zod';
import type { fusionSection } from './fusion.ts';
import type { InstrumentDefinition } from './instrument.ts';

export type Report = (path: readonly (string | number)[], message: string) => void;

interface Referring {
  readonly fusion: z.output<typeof fusionSection>;
  readonly instruments: readonly InstrumentDefinition[];
}

/** What the parts of a configuration say of each other: names that must be defined, and what only one may have. */
export function refineReferences({ fusion, instruments }: Referring, venues: object, report: Report): void {
  refineMembers(fusion.members, venues, ['fusion', 'members'], report);
  for (const [kind, overrides] of Object.entries(fusion.kinds))
    refineMembers(overrides.members, venues, ['fusion', 'kinds', kind, 'members'], report);
  const ids = new Set<string>();
  const symbols = new Map<string, string>();
  instruments.forEach((instrument, index) => {
    const at = ['instruments', index];
    if (ids.has(instrument.id)) report([...at, 'id'], `"${instrument.id}" is defined twice`);
    ids.add(instrument.id);
    refineMembers(instrument.fusion?.members, venues, [...at, 'fusion', 'members'], report);
    for (const [venue, { symbol, market }] of Object.entries(instrument.venues)) {
      const place = [...at, 'venues', venue];
      if (!Object.hasOwn(venues, venue))
        report([...at, 'venues'], `venue "${venue}" is not defined under venues`);
      const listing = `${venue} ${market ?? ''} ${symbol}`;
      const holder = symbols.get(listing);
      if (holder !== undefined) report(place, `expected another symbol: ${holder} has this one already`);
      symbols.set(listing, instrument.id);
    }
  });
}

function refineMembers(
  members: readonly string[] | undefined,
  venues: object,
  path: readonly (string | number)[],
  report: Report,
): void {
  members?.forEach((member, index) => {
    if (!Object.hasOwn(venues, member))
      report([...path, index], `venue "${member}" is not defined under venues`);
  });
}
