import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { Micros } from '@concord/model';
import { IdTracker, type IdFinding } from './gaps.ts';
import { RHYTHMS, StreamWatch } from './staleness.ts';
import type { Stream } from '../venue.ts';

export type RawRecord = RawTrade | RawQuote | RawBar;

/** What is known of one stream; outlives its sessions. */
export class StreamState {
  readonly stream: Stream;
  readonly watch: StreamWatch;
  readonly ids = new IdTracker();
  /** Records and refused frames of the present session. */
  received = 0;
  refused = 0;
  /** Records of all sessions. */
  receivedInAll = 0;
  /** Records with nothing to check, of all sessions. */
  unverifiable = 0;
  lastReceiveTime: Micros | null = null;
  /** Why the venue does not serve it, where it said so. */
  rejection: string | null = null;
  stale = false;

  constructor(stream: Stream, nowMs: number) {
    this.stream = stream;
    this.watch = new StreamWatch(RHYTHMS[stream.kind], nowMs);
  }

  startSession(nowMs: number): void {
    this.received = 0;
    this.refused = 0;
    this.rejection = null;
    this.watch.restart(nowMs);
  }

  /** Counts a record and checks its place among the ids, where they are contiguous. */
  take(record: RawRecord, nowMs: number): IdFinding | undefined {
    this.received++;
    this.receivedInAll++;
    this.lastReceiveTime = record.receiveTime;
    this.stale = false;
    this.rejection = null; // whatever the venue said: it serves
    this.watch.saw(nowMs);
    const interval = contiguousIds(record);
    if (interval !== undefined) return this.ids.observe(interval.first, interval.last);
    this.unverifiable++;
    return undefined;
  }
}

function contiguousIds(record: RawRecord): { first: number; last: number } | undefined {
  if (record.idKind !== 'TRADE' && record.idKind !== 'AGGREGATE') return undefined;
  const first = Number(record.firstId);
  const last = Number(record.lastId);
  return Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last
    ? { first, last }
    : undefined;
}
