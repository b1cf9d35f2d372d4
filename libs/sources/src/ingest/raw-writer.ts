import { encodeMarker, type Codec, type GapMarker, type Marker, type RepairMarker } from '@concord/codec';
import { ConcordError, formatFixed, KINDS, kindOf, type Kind, type Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import type { Acknowledged } from './acknowledged.ts';
import type { MarkerEvent, RecordsEvent, SourceEvent, Target } from '../events.ts';
import type { IngestorMetrics } from './ingestor-metrics.ts';
import type { Listing } from '../listing.ts';
import { LostRecords, type LostIds } from './lost-records.ts';
import type { RawSink, SinkLoss, SinkRecord } from './raw-sink.ts';
import { REFUSED_BYTES_MAX } from '../session/session-writer.ts';
import type { RawRecord } from '../session/stream-state.ts';

export interface RawWriterOptions {
  readonly source: string;
  /** By canonical instrument id; it may gain and lose entries. */
  readonly listings: ReadonlyMap<string, Listing>;
  readonly codec: Pick<Codec, 'encode'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<IngestorMetrics, 'dropped' | 'refused' | 'delay'>;
  /** Told what the sink accepted, which holes are open, and which ids will never come. */
  readonly acknowledged: Pick<Acknowledged, 'handOver' | 'giveUp' | 'interrupt' | 'settleHole' | 'numbersOf'>;
}

/** Puts a source's events into raw topics: encoded, in order, each in its instrument's partition. */
export class RawWriter {
  readonly #options: RawWriterOptions;
  /** The session that last wrote to a partition of a topic; a loss there is told in its name. */
  readonly #sessions: Readonly<Record<Kind, Map<number, string>>> = {
    trades: new Map(),
    quotes: new Map(),
    bars: new Map(),
  };
  readonly #dropped = new Map<string, number>();
  readonly #lost = new LostRecords();
  #lastMs = 0;
  #receivedMs = 0;
  /** Records dropped so far. */
  droppedInAll = 0;

  constructor(options: RawWriterOptions) {
    this.#options = options;
  }

  /** Records dropped so far of one instrument and kind. */
  dropped(instrument: string, kind: Kind): number {
    return this.#dropped.get(`${kind} ${instrument}`) ?? 0;
  }

  write(event: SourceEvent, sink: RawSink): void {
    if (event.type === 'records') this.#records(event, sink);
    else this.#marker(event, sink);
  }

  /** Time for a record's log timestamp: the clock's, never falling, so that a topic that keeps it stays in order. */
  timestampMs(): number {
    this.#lastMs = Math.max(this.#lastMs, this.#options.clock.nowMs());
    return this.#lastMs;
  }

  /**
   * The same for what was received: then, not now. Where the topic keeps timestamps (playback) log time must not run ahead of records that wait to be
   * written.
   */
  #receivedAt(micros: number): number {
    this.#receivedMs = Math.max(this.#receivedMs, Math.floor(micros / 1_000));
    return this.#receivedMs;
  }

  /** The marker of records that the sink dropped; none for topics other than raw ones. */
  lossMarker(loss: SinkLoss): SinkRecord | undefined {
    const kind = loss.topic.startsWith('raw.') ? kindOf(loss.topic) : undefined;
    if (kind === undefined) return undefined;
    const { source, clock } = this.#options;
    const marker: Marker = {
      type: 'dropped',
      source,
      session: this.#sessions[kind].get(loss.partition) ?? source,
      instrument: null,
      kind,
      count: loss.count,
      receiveTime: clock.nowMicros(),
    };
    return this.#markerRecord(marker, { kind, partition: loss.partition });
  }

  #records(event: RecordsEvent, sink: RawSink): void {
    for (const kind of KINDS) {
      const records: readonly RawRecord[] = event[kind];
      const first = records[0];
      if (first === undefined) continue;
      if (first.eventTime !== null && first.origin === 'LIVE') {
        this.#options.metrics.delay((first.receiveTime - first.eventTime) / 1e6);
      }
      for (const record of records) this.#record(kind, record, sink);
    }
  }

  #record(kind: Kind, record: RawRecord, sink: RawSink): void {
    const listing = this.#options.listings.get(record.instrument);
    // What was still on its way of an instrument that was taken away, or is another now.
    if (listing?.symbol !== record.venueSymbol) return;
    const { partition } = listing;
    const value = this.#encode(kind, record);
    if (value instanceof ConcordError) return this.#refuse(kind, record, partition, value, sink);
    this.#sessions[kind].set(partition, record.session);
    const outcome = sink.publish({
      topic: `raw.${kind}`,
      partition,
      key: record.instrument,
      value,
      timestampMs: this.#receivedAt(record.receiveTime),
    });
    if (outcome === 'queued') this.#options.acknowledged.handOver(kind, record);
    else {
      const key = `${kind} ${record.instrument}`;
      this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + 1);
      this.droppedInAll++;
      this.#options.metrics.dropped(kind, 1);
      this.#lost.add(kind, record.instrument, this.#options.acknowledged.numbersOf(kind, record));
    }
  }

  /** Ids of the records that were dropped since the last call. */
  takeLost(): LostIds[] {
    return this.#lost.take();
  }

  #encode(kind: Kind, record: RawRecord): Buffer | ConcordError {
    try {
      return this.#options.codec.encode(`raw.${kind}`, record);
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      return error;
    }
  }

  /**
   * A record that its schema does not hold, though it was checked, is a fault of this program: a refusal with the record's text, for its frame is
   * gone, stands in its place, and the venue's others go on.
   */
  #refuse(kind: Kind, record: RawRecord, partition: number, error: ConcordError, sink: RawSink): void {
    const { instrument, source, session, ordinal, venueSymbol, receiveTime } = record;
    this.#options.metrics.refused('invalid-record');
    this.#options.logger.error({ err: error, instrument, kind }, 'a record could not be encoded');
    const text = JSON.stringify(record, (_, field: unknown) =>
      typeof field === 'bigint' ? formatFixed(field) : field,
    );
    const bytes = Buffer.from(text);
    const about = { source, session, ordinal, venueSymbol, instrument, receiveTime };
    const truncated = bytes.length > REFUSED_BYTES_MAX;
    const marker: Marker = {
      type: 'refused',
      ...about,
      code: 'invalid-record',
      message: error.message,
      truncated,
    };
    const targets = [{ kind, partition }];
    this.#marker({ type: 'marker', marker, targets, bytes: bytes.subarray(0, REFUSED_BYTES_MAX) }, sink);
  }

  #marker({ marker, targets, bytes, from }: MarkerEvent, sink: RawSink): void {
    if (marker.type === 'gap' || marker.type === 'repair') {
      if (!this.#options.listings.has(marker.instrument)) return; // as its records
      this.#note(marker, from ?? null);
    }
    for (const target of targets) {
      if ('session' in marker) this.#sessions[target.kind].set(target.partition, marker.session);
      sink.publish(this.#markerRecord(marker, target, bytes));
    }
  }

  #note(marker: GapMarker | RepairMarker, from: Micros | null): void {
    const { acknowledged } = this.#options;
    const { instrument, kind, firstId, lastId } = marker;
    if (firstId === null) {
      if (marker.type === 'gap') acknowledged.interrupt(instrument, kind, from);
      else acknowledged.settleHole(instrument, kind);
    } else if (marker.type === 'repair' && marker.outcome === 'unrepairable') {
      acknowledged.giveUp(instrument, kind, { first: Number(firstId), last: Number(lastId ?? firstId) });
    }
  }

  #markerRecord(marker: Marker, target: Target, bytes?: Buffer): SinkRecord {
    return {
      topic: `raw.${target.kind}`,
      partition: target.partition,
      key: 'instrument' in marker ? marker.instrument : null,
      value: null,
      headers: { ...encodeMarker(marker, bytes) },
      timestampMs: 'receiveTime' in marker ? this.#receivedAt(marker.receiveTime) : this.timestampMs(),
    };
  }
}
