import type { Micros } from '@concord/model';

/** Place of a record in the order of events: its time, its numeric venue id where ids have an order, its place in the log. */
export interface EventKey {
  /** `eventTime`, or `receiveTime` where the venue gives none. */
  readonly time: Micros;
  /** Decimal digits, or null where the venue's ids have no arithmetic. */
  readonly id: string | null;
  readonly position: number;
}

interface Identified {
  readonly eventTime: Micros | null;
  readonly receiveTime: Micros;
  readonly idKind: string;
  readonly lastId: string | null;
}

const ORDERED_IDS: ReadonlySet<string> = new Set(['TRADE', 'AGGREGATE', 'UPDATE']);

/** `position` is the record's offset in the log. */
export function eventKey(record: Identified, position: number): EventKey {
  return {
    time: record.eventTime ?? record.receiveTime,
    id: ORDERED_IDS.has(record.idKind) ? record.lastId : null,
    position,
  };
}

/** Order of two records of one source: negative when `a` came first. */
export function compareEvents(a: EventKey, b: EventKey): number {
  if (a.time !== b.time) return a.time - b.time;
  return compareIds(a.id, b.id) || a.position - b.position;
}

/** Order of records of all sources: ids of different sources cannot be compared, so the sources' order stands before them. */
export function compareAcross(a: EventKey, aSource: number, b: EventKey, bSource: number): number {
  if (a.time !== b.time) return a.time - b.time;
  if (aSource !== bSource) return aSource - bSource;
  return compareIds(a.id, b.id) || a.position - b.position;
}

function compareIds(a: string | null, b: string | null): number {
  if (a === null || b === null || a === b) return 0;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
