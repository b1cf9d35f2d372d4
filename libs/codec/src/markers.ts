import type { Kind, Micros } from '@concord/model';

/** State of a source's connection as its ingestor sees it. */
export type ConnectionState = 'connecting' | 'live' | 'down';

/** Once a second from every session into every raw partition it feeds, and at each change of state. */
export interface SessionMarker {
  type: 'session';
  source: string;
  session: string;
  state: ConnectionState;
  receiveTime: Micros;
}

/** Once a second from the validator's task into its own raw partition: log time passes although every source is dead. */
export interface ClockMarker {
  type: 'clock';
  time: Micros;
}

/** A change of configuration, weights or rules; the first record of every raw partition. `content` is a `PipelineConfiguration`. */
export interface ConfigMarker {
  type: 'config';
  version: number;
  digest: string;
  content: unknown;
}

/**
 * Ids [firstId, lastId] of an instrument are missing at this place of the log: venue ids, of bars the numbers of their windows (start / length). `missing` is
 * null where it cannot be counted.
 */
export interface GapMarker {
  type: 'gap';
  source: string;
  session: string;
  instrument: string;
  kind: Kind;
  firstId: string | null;
  lastId: string | null;
  missing: number | null;
  receiveTime: Micros;
}

/** What became of a gap: filled by backfill, or known to stay open. */
export interface RepairMarker {
  type: 'repair';
  source: string;
  session: string;
  instrument: string;
  kind: Kind;
  firstId: string | null;
  lastId: string | null;
  outcome: 'filled' | 'unrepairable';
  receiveTime: Micros;
}

/** A new connection took the place of `previousSession`. */
export interface ReconnectMarker {
  type: 'reconnect';
  source: string;
  session: string;
  previousSession: string | null;
  reason: string;
  receiveTime: Micros;
}

/** The source started its stream of an instrument anew (snapshot sent again, sequence reset). */
export interface ResyncMarker {
  type: 'resync';
  source: string;
  session: string;
  instrument: string;
  kind: Kind;
  reason: string;
  receiveTime: Micros;
}

/** A frame that no record could be made of; the frame itself is in header `bytes`. The validator quarantines it. */
export interface RefusedMarker {
  type: 'refused';
  source: string;
  session: string;
  ordinal: number;
  code: string;
  message: string;
  venueSymbol: string | null;
  instrument: string | null;
  receiveTime: Micros;
  truncated: boolean;
}

/** Records lost because Kafka could not be reached and the buffer was full. */
export interface DroppedMarker {
  type: 'dropped';
  source: string;
  session: string;
  instrument: string | null;
  kind: Kind;
  count: number;
  receiveTime: Micros;
}

export type Marker =
  | SessionMarker
  | ClockMarker
  | ConfigMarker
  | GapMarker
  | RepairMarker
  | ReconnectMarker
  | ResyncMarker
  | RefusedMarker
  | DroppedMarker;

export type MarkerType = Marker['type'];

/** Headers of a marker's Kafka record, whose value is null. */
export interface MarkerHeaders {
  marker: string;
  body: string;
  bytes?: Buffer;
}

/** `bytes` is a refused frame. */
export function encodeMarker(marker: Marker, bytes?: Buffer): MarkerHeaders {
  const { type, ...body } = marker;
  return { marker: type, body: JSON.stringify(body), ...(bytes === undefined ? {} : { bytes }) };
}
