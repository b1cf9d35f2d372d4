import {
  decodeMarker,
  EncodeError,
  type Codec,
  type Marker,
  type QualityReport,
  type RecordByTopic,
  type RefusedMarker,
} from '@concord/codec';
import type { Emit, Fold, InputRecord } from '@concord/kafka';
import { MICROS_PER_MS, type Kind, type Micros } from '@concord/model';
import {
  Finding,
  judge,
  judgementOf,
  type Code,
  type InstrumentMemory,
  type InstrumentRules,
  type Judgement,
  type RawByKind,
  type Subject,
} from '@concord/quality';
import { readConfiguration } from './configuration.ts';
import { withLogTime } from './log-time.ts';
import { refusedFrame, refusedRecord, rejectedRecord } from './quarantine.ts';
import { ValidatorState } from './state.ts';

/** Longest value that can be a tick; what is longer would also fill the memory of what was seen. */
const VALUE_BYTES_MAX = 65_536;
/** Longest key of a marker: it is an instrument's or none. */
const MARKER_KEY_BYTES_MAX = 1_024;

/**
 * Folds one partition of `raw.<kind>` into `clean.<kind>`, `quarantine` and `quality`. All that decides is in the records applied; outputs carry
 * the timestamp of the record that caused them.
 */
export class ValidatorFold<K extends Kind> implements Fold {
  readonly #kind: K;
  readonly #codec: Codec;
  readonly #clean: `clean.${K}`;
  readonly #raw: `raw.${K}`;
  readonly #state: ValidatorState;

  constructor(kind: K, codec: Codec) {
    this.#kind = kind;
    this.#codec = codec;
    this.#clean = `clean.${kind}`;
    this.#raw = `raw.${kind}`;
    this.#state = new ValidatorState(kind);
  }

  apply(input: InputRecord, emit: Emit): void {
    const record = withLogTime(input);
    if (record.value === null) this.#marker(record, emit);
    else this.#tick(record, emit);
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

  #tick(record: InputRecord, emit: Emit): void {
    if (record.value !== null && record.value.length > VALUE_BYTES_MAX) {
      const message = `the value has ${record.value.length} bytes; expected at most ${VALUE_BYTES_MAX}`;
      return this.#refuse(record, 'oversized', message, null, emit);
    }
    const decoded = this.#codec.decode(this.#raw, record.value);
    if (!decoded.ok) {
      return this.#refuse(record, decoded.code, decoded.message, decoded.schemaId ?? null, emit);
    }
    // RecordByTopic at `raw.<kind>` is RawByKind at `<kind>`; TypeScript does not follow that through a type parameter.
    const raw = decoded.value as unknown as RawByKind[K];
    const rules = this.#state.configuration?.instruments.get(raw.instrument);
    if (rules?.listings.has(raw.source) !== true) {
      const finding = stranger(raw.instrument, raw.source, rules, this.#state.configuration !== undefined);
      return emit(rejectedRecord(this.#codec, record, raw, decoded.schemaId, [finding]));
    }
    const instrument = this.#state.instrument(raw.instrument);
    if (record.timestampMs > instrument.recordTime) {
      instrument.recordTime = record.timestampMs;
      instrument.dirty = true;
    }
    this.#passTime(instrument, rules, record, emit);
    const subject = instrument.subject(this.#kind, raw, record.timestampMs * MICROS_PER_MS, rules);
    const judgement = this.#passOn(record, subject, judge(this.#kind, subject), emit);
    if (judgement.outcome === 'REJECTED') {
      emit(rejectedRecord(this.#codec, record, raw, decoded.schemaId, judgement.findings));
    }
    instrument.take(this.#kind, subject, judgement);
  }

  /** Refuses a value that no record could be made of; its key tells the instrument when that is defined. */
  #refuse(record: InputRecord, code: Code, message: string, schemaId: number | null, emit: Emit): void {
    const instrument = this.#state.definedInstrument(record.key?.toString() ?? '');
    emit(refusedRecord(this.#codec, record, [{ code, message }], { instrument, schemaId }));
  }

  /** Emits the clean record of a judgement that passes; returns the judgement that holds in the end. */
  #passOn(record: InputRecord, subject: Subject<RawByKind[K]>, judgement: Judgement, emit: Emit): Judgement {
    const { outcome, codes, findings } = judgement;
    if (outcome === 'REJECTED' || outcome === 'DROPPED') return judgement;
    try {
      const clean = { ...subject.record, verdict: outcome, flags: codes, fill: 'NONE' };
      const value = this.#codec.encode(this.#clean, clean as unknown as RecordByTopic[`clean.${K}`]);
      emit({ topic: this.#clean, key: subject.record.instrument, value, timestampMs: record.timestampMs });
      return judgement;
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return judgementOf([...findings, new Finding('unencodable', () => error.message)]);
    }
  }

  #passTime(instrument: InstrumentMemory, rules: InstrumentRules, record: InputRecord, emit: Emit): void {
    const logTime: Micros = Math.max(instrument.recordTime, this.#state.markers.time) * MICROS_PER_MS;
    if (logTime < instrument.windowEnd) return;
    for (const report of instrument.pass(this.#kind, logTime, rules)) this.#report(report, record, emit);
  }

  #report(report: QualityReport, record: InputRecord, emit: Emit): void {
    const value = this.#codec.encode('quality', report);
    emit({ topic: 'quality', key: report.instrument, value, timestampMs: record.timestampMs });
  }

  #passTimeOfAll(record: InputRecord, emit: Emit): void {
    for (const [id, rules] of this.#state.configuration?.instruments ?? []) {
      this.#passTime(this.#state.instrument(id), rules, record, emit);
    }
  }

  #marker(record: InputRecord, emit: Emit): void {
    const decoded = decodeMarker(record.headers);
    if (!decoded.ok) {
      return this.#refuse(record, decoded.code, decoded.message, null, emit);
    }
    const keyBytes = record.key?.length ?? 0;
    if (keyBytes > MARKER_KEY_BYTES_MAX) {
      const message = `key: expected an instrument or none, got ${keyBytes} bytes`;
      return this.#refuse(record, 'unreadable-marker', message, null, emit);
    }
    this.#state.markers.pass(record.timestampMs);
    this.#passTimeOfAll(record, emit);
    if (decoded.marker.type === 'refused')
      return this.#refusedFrame(record, decoded.marker, decoded.bytes, emit);
    if (this.#heed(record, decoded.marker, emit)) {
      const key = record.key?.toString() ?? null;
      const headers = headersOfMarker(record.headers);
      emit({ topic: this.#clean, key, value: null, headers, timestampMs: record.timestampMs });
    }
  }

  /** Takes from a marker what concerns this kind; false when it is refused and not passed on. */
  #heed(record: InputRecord, marker: Marker, emit: Emit): boolean {
    switch (marker.type) {
      case 'config':
        return this.#configure(record, marker, emit);
      case 'gap':
        // Where ids are contiguous the records themselves show the gap, and better: some of its ids may have come meanwhile.
        if (marker.kind === this.#kind && marker.firstId === null)
          this.#hole(marker.instrument, marker.source, 'gap', marker.missing);
        return true;
      case 'dropped':
        if (marker.kind === this.#kind) this.#dropped(marker.instrument, marker.source);
        return true;
      case 'session':
      case 'clock':
      case 'repair':
      case 'reconnect':
      case 'resync':
      case 'refused':
        return true;
    }
  }

  #hole(instrument: string, source: string, code: Code | 'dropped', missing: number | null): void {
    this.#state.known(instrument, source)?.hole(code, missing);
  }

  /** How many ids a full buffer lost shows in the records' own ids; where there are none, it cannot be told by instrument. */
  #dropped(instrument: string | null, source: string): void {
    const instruments =
      instrument === null ? (this.#state.configuration?.instruments.keys() ?? []) : [instrument];
    for (const id of instruments) this.#hole(id, source, 'dropped', null);
  }

  #configure(record: InputRecord, marker: Extract<Marker, { type: 'config' }>, emit: Emit): boolean {
    const read = readConfiguration(this.#kind, marker);
    if (!read.ok) {
      this.#refuse(record, 'bad-configuration', read.message, null, emit);
      return false;
    }
    this.#state.configure(read.value);
    this.#passTimeOfAll(record, emit);
    return true;
  }

  #refusedFrame(record: InputRecord, marker: RefusedMarker, bytes: Buffer | undefined, emit: Emit): void {
    if (!this.#state.markers.isNewRefusal(marker.session, marker.ordinal)) return;
    emit(refusedFrame(this.#codec, record, marker, bytes));
    if (marker.instrument !== null) this.#state.known(marker.instrument, marker.source)?.refused(marker.code);
  }
}

/** What of a record's headers is the marker: others may be of any size and mean nothing to the stages behind. */
function headersOfMarker(headers: InputRecord['headers']): Record<string, Buffer> {
  const passed: Record<string, Buffer> = {};
  for (const name of ['marker', 'body', 'bytes']) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** Rule 1 for a record whose instrument or source is not known here. */
function stranger(
  instrument: string,
  source: string,
  rules: InstrumentRules | undefined,
  configured: boolean,
): Finding {
  if (!configured) return new Finding('no-configuration', () => 'no configuration stands before this record');
  if (rules === undefined)
    return new Finding(
      'unknown-instrument',
      () => `"${instrument.slice(0, 64)}" is not defined in this partition`,
    );
  const known = [...rules.listings.keys()].join(', ');
  return new Finding(
    'unknown-source',
    () => `"${source.slice(0, 64)}" does not list ${instrument}; expected one of ${known}`,
  );
}
