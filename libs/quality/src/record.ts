import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { Kind } from '@concord/model';
import { parseId, type Id } from './id.ts';

export interface RawByKind {
  trades: RawTrade;
  quotes: RawQuote;
  bars: RawBar;
}

export type RawOf<K extends Kind> = RawByKind[K];
/** What all kinds have in common is what most rules need. */
export type RawRecord = RawTrade | RawQuote | RawBar;

/** The venue ids a record covers; TRADE and AGGREGATE ids of a venue are different numbers. */
export interface IdRange {
  readonly kind: NumberedKind;
  readonly first: Id;
  readonly last: Id;
}

export type ContiguousKind = 'TRADE' | 'AGGREGATE';
export type NumberedKind = ContiguousKind | 'UPDATE';

export function isNumbered(kind: RawRecord['idKind']): kind is NumberedKind {
  return kind === 'TRADE' || kind === 'AGGREGATE' || kind === 'UPDATE';
}

/**
 * A quote's identity is the last update it shows, so UPDATE ranges are one id long. `undefined` when the id kind has no numbers or the ids are none.
 */
export function idRange(record: RawRecord): IdRange | undefined {
  const { idKind, firstId, lastId } = record;
  if (!isNumbered(idKind) || firstId === null || lastId === null) return undefined;
  const first = parseId(firstId);
  const last = firstId === lastId ? first : parseId(lastId);
  if (first === undefined || last === undefined || last < first) return undefined;
  return { kind: idKind, first: idKind === 'UPDATE' ? last : first, last };
}
