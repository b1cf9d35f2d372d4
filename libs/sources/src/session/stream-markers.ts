import type { GapMarker, RepairMarker } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import type { Target } from '../events.ts';
import type { Stream } from '../venue.ts';
import type { IdInterval } from './gaps.ts';

/** Which stream a marker speaks of, in which session, and when. */
export interface StreamPlace {
  readonly source: string;
  readonly session: string;
  readonly instrument: string;
  readonly kind: Kind;
  readonly receiveTime: Micros;
}

export function placeOf(
  stream: Pick<Stream, 'listing' | 'kind'>,
  source: string,
  session: string,
  receiveTime: Micros,
): StreamPlace {
  return { source, session, instrument: stream.listing.instrument, kind: stream.kind, receiveTime };
}

/** `ids` null: something is missing, and nobody can say how much. */
export function gapMarker(place: StreamPlace, ids: IdInterval | null): GapMarker {
  return { type: 'gap', ...place, ...textOf(ids), missing: ids === null ? null : ids.last - ids.first + 1 };
}

export function repairMarker(
  place: StreamPlace,
  ids: IdInterval | null,
  outcome: RepairMarker['outcome'],
): RepairMarker {
  return { type: 'repair', ...place, ...textOf(ids), outcome };
}

/** The raw partition of a stream. */
export function targetOf(stream: Pick<Stream, 'listing' | 'kind'>): Target {
  return { kind: stream.kind, partition: stream.listing.partition };
}

function textOf(ids: IdInterval | null): { firstId: string | null; lastId: string | null } {
  return { firstId: ids === null ? null : String(ids.first), lastId: ids === null ? null : String(ids.last) };
}
