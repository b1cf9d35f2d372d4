import type { Marker, RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import type { Stream } from './venue.ts';

/** A raw partition of one data type. */
export interface Target {
  readonly kind: Kind;
  readonly partition: number;
}

export interface RecordsEvent {
  readonly type: 'records';
  readonly trades: readonly RawTrade[];
  readonly quotes: readonly RawQuote[];
  readonly bars: readonly RawBar[];
}

/** A marker for the place in the log where it stands among the records. */
export interface MarkerEvent {
  readonly type: 'marker';
  readonly marker: Marker;
  readonly targets: readonly Target[];
  /** The refused frame, where the marker tells of one. */
  readonly bytes?: Buffer;
  /** Of a gap without ids: event time of the newest record before it, which may not be the one before the marker. */
  readonly from?: Micros | null;
}

/** What a source tells, in the order in which it is to be logged. */
export type SourceEvent = RecordsEvent | MarkerEvent;

/** Every raw partition that these streams feed, once each. */
export function targetsOf(streams: Iterable<Stream>): Target[] {
  const targets = new Map<string, Target>();
  for (const { kind, listing } of streams) {
    targets.set(`${kind} ${listing.partition}`, { kind, partition: listing.partition });
  }
  return [...targets.values()];
}
