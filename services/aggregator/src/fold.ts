import { decodeMarker, type Codec, type Marker } from '@concord/codec';
import type { ConsensusRecord, TickKind } from '@concord/fusion';
import type { Emit, Fold, InputRecord } from '@concord/kafka';
import { MICROS_PER_MS, type Micros } from '@concord/model';
import { readConfiguration } from './configuration.ts';
import type { AggregatedInstrument, Outlet } from './instrument.ts';
import { AggregatorState } from './state.ts';

/**
 * Why a record, or its share of a result, was passed over: an undecodable value, an instrument that the configuration does not
 * define, an unreadable marker, a configuration that cannot be read (the one before stays in force), a trade that no bar takes. For metrics; it decides nothing.
 */
export type Skip =
  'undecodable' | 'unknown-instrument' | 'marker' | 'configuration' | 'late' | 'ahead' | 'unpublishable';
/** `detail` says what was found, where it is worth a line in the log. */
export type OnSkip = (reason: Skip, detail?: string) => void;

/**
 * Folds one partition of `clean.trades` or `clean.quotes` into `consensus.<kind>` and, from trades, the tape bars of
 * `consensus.bars`. Log time of an instrument is the largest timestamp among the markers and its own records; the timestamp of
 * an output is its `logTime`.
 */
export class AggregatorFold implements Fold {
  readonly #kind: TickKind;
  readonly #codec: Codec;
  readonly #onSkip: OnSkip;
  readonly #state: AggregatorState;
  readonly #outlet: Outlet;
  #emit: Emit = () => {};

  constructor(kind: TickKind, codec: Codec, onSkip: OnSkip = () => {}) {
    this.#onSkip = onSkip;
    this.#kind = kind;
    this.#codec = codec;
    this.#state = new AggregatorState(kind);
    this.#outlet = {
      consensus: (record) => this.#publish(record),
      bar: (record) => {
        const value = this.#codec.encode('consensus.bars', record);
        this.#emitAt('consensus.bars', record.instrument, value, record.logTime);
      },
    };
  }

  apply(record: InputRecord, emit: Emit): void {
    this.#emit = emit;
    if (record.value === null) this.#marker(record);
    else if (this.#kind === 'trades') this.#trade(record);
    else this.#quote(record);
  }

  changes(): Iterable<readonly [string, Buffer | null]> {
    return this.#state.changes();
  }

  entries(): Iterable<readonly [string, Buffer]> {
    return this.#state.entries();
  }

  restore(key: string, value: Buffer): void {
    this.#state.restore(key, value);
  }

  #trade(record: InputRecord): void {
    const decoded = this.#codec.decode('clean.trades', record.value);
    if (!decoded.ok) return this.#onSkip('undecodable');
    const instrument = this.#instrument(decoded.value.instrument);
    const taken = instrument?.takeTrade(decoded.value, record.offset, this.#logTime(record), this.#outlet);
    if (taken === 'late' || taken === 'ahead' || taken === 'unpublishable') this.#onSkip(taken);
  }

  #quote(record: InputRecord): void {
    const decoded = this.#codec.decode('clean.quotes', record.value);
    if (!decoded.ok) return this.#onSkip('undecodable');
    const instrument = this.#instrument(decoded.value.instrument);
    instrument?.takeQuote(decoded.value, record.offset, this.#logTime(record), this.#outlet);
  }

  #instrument(id: string): AggregatedInstrument | undefined {
    const instrument = this.#state.instruments.get(id);
    if (instrument === undefined) this.#onSkip('unknown-instrument');
    else this.#state.touchedInstrument(id);
    return instrument;
  }

  #logTime(record: InputRecord): Micros {
    return Math.max(this.#state.markerTime, record.timestampMs * MICROS_PER_MS);
  }

  #marker(record: InputRecord): void {
    const decoded = decodeMarker(record.headers);
    if (!decoded.ok) return this.#onSkip('marker');
    const state = this.#state;
    state.markerTime = this.#logTime(record);
    state.touchedAll();
    // What is due by now is said with what was known before this marker.
    for (const [, instrument] of state.inOrder()) instrument.advance(state.markerTime, this.#outlet);
    this.#heed(decoded.marker);
  }

  #heed(marker: Marker): void {
    const state = this.#state;
    switch (marker.type) {
      case 'config':
        return this.#heedConfiguration(marker);
      case 'session':
        return this.#heedSession(marker.source, marker);
      case 'gap':
        if (marker.kind === this.#kind) state.instruments.get(marker.instrument)?.gap(marker);
        return;
      case 'repair':
        if (marker.kind === this.#kind) state.instruments.get(marker.instrument)?.repair(marker);
        return;
      case 'dropped':
        if (marker.kind !== this.#kind) return;
        for (const [id, instrument] of state.inOrder()) {
          if (marker.instrument !== null && marker.instrument !== id) continue;
          instrument.dropped(marker.source, marker.receiveTime);
        }
        return;
      default:
        return;
    }
  }

  /** The validator passes none on that cannot be read; one that came all the same must not stop the partition for ever. */
  #heedConfiguration(marker: Extract<Marker, { type: 'config' }>): void {
    const read = readConfiguration(marker);
    if (read.ok) this.#state.configure(read.value, this.#outlet);
    else this.#onSkip('configuration', read.message);
  }

  #heedSession(source: string, marker: Extract<Marker, { type: 'session' }>): void {
    const state = this.#state;
    if (state.configuration?.content.sources[source] === undefined) return;
    state.sessions.heard(marker, state.markerTime);
    for (const [, instrument] of state.inOrder()) {
      instrument.heard(source, marker.session, this.#outlet);
    }
  }

  #publish(record: ConsensusRecord): void {
    const value =
      'mid' in record
        ? this.#codec.encode('consensus.quotes', record)
        : this.#codec.encode('consensus.trades', record);
    this.#emitAt(`consensus.${this.#kind}`, record.instrument, value, record.logTime);
  }

  #emitAt(topic: string, key: string, value: Buffer, logTime: Micros): void {
    this.#emit({ topic, key, value, timestampMs: Math.floor(logTime / MICROS_PER_MS) });
  }
}
