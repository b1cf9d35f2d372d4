import type { QualityReport } from '@concord/codec';
import { MICROS_PER_MS, type Kind, type Micros } from '@concord/model';
import { z } from 'zod';
import type { InstrumentRules } from './instrument-rules.ts';
import type { Judgement } from './judge.ts';
import { idRange, type RawRecord } from './record.ts';
import type { Subject } from './rule.ts';
import { receivedAt, timesHold } from './rules/times.ts';
import { ReportWindow, windowSnapshot } from './report-window.ts';
import { memorySnapshot, SourceMemory } from './source-memory.ts';

export const sourceSnapshot = z.strictObject({ memory: memorySnapshot, window: windowSnapshot });
export type SourceSnapshot = z.output<typeof sourceSnapshot>;

export const instrumentSnapshot = z.strictObject({
  recordTime: z.int(),
  windowStart: z.int(),
  windowEnd: z.int(),
});
export type InstrumentSnapshot = z.output<typeof instrumentSnapshot>;

/** One source of an instrument: what is remembered of it and the counts of its open report window. */
export class SourceRecord {
  readonly memory: SourceMemory;
  window: ReportWindow;
  /** Changed since the last snapshot. */
  dirty = true;

  constructor(snapshot?: SourceSnapshot) {
    this.memory = new SourceMemory(snapshot?.memory);
    this.window = new ReportWindow(snapshot?.window);
  }

  /** A frame of this instrument that its ingestor refused. */
  refused(code: string): void {
    this.window.refused(code);
    this.dirty = true;
  }

  /** A hole that only the ingestor could see; `missing` records of it where that is known. */
  hole(code: string, missing: number | null): void {
    this.window.hole(code, missing);
    this.dirty = true;
  }

  toSnapshot(): SourceSnapshot {
    return { memory: this.memory.toSnapshot(), window: this.window.toSnapshot() };
  }
}

/**
 * State of one instrument and kind: its sources, its log time, and the open window of its reports. Log time is the largest timestamp among
 * markers (kept by the caller, who passes it in) and this instrument's own records.
 */
export class InstrumentMemory {
  readonly sources = new Map<string, SourceRecord>();
  /** Largest timestamp among its own records, ms; −1 before the first. */
  recordTime = -1;
  /** Open window of the reports; both 0 before log time is known. */
  #start: Micros = 0;
  #end: Micros = 0;
  dirty = true;

  restore(snapshot: InstrumentSnapshot): void {
    this.recordTime = snapshot.recordTime;
    this.#start = snapshot.windowStart;
    this.#end = snapshot.windowEnd;
  }

  toSnapshot(): InstrumentSnapshot {
    return { recordTime: this.recordTime, windowStart: this.#start, windowEnd: this.#end };
  }

  get windowEnd(): Micros {
    return this.#end;
  }

  source(name: string): SourceRecord {
    let source = this.sources.get(name);
    if (source === undefined) this.sources.set(name, (source = new SourceRecord()));
    return source;
  }

  /** What the rules look at for a record of a source that lists the instrument. */
  subject<R extends RawRecord>(kind: Kind, record: R, logTime: Micros, rules: InstrumentRules): Subject<R> {
    const listing = rules.listings.get(record.source);
    if (listing === undefined) throw new RangeError(`subject: "${record.source}" does not list ${rules.id}`);
    const { memory } = this.source(record.source);
    return { record, ids: kind === 'bars' ? undefined : idRange(record), logTime, rules, listing, memory };
  }

  /** Takes a judged record into memory, as far as it was passed on, and counts it. */
  take(kind: Kind, subject: Subject, judgement: Judgement): void {
    const { record, ids, rules, memory } = subject;
    const source = this.source(record.source);
    const passed = judgement.outcome === 'VALID' || judgement.outcome === 'SUSPECT';
    const admission = passed ? memory.admit(kind, record, ids, rules.parameters.rememberedIds) : undefined;
    memory.read(record, timesHold(record, judgement.codes) ? receivedAt(subject) : null);
    source.window.record(record, judgement, admission);
    source.dirty = true;
  }

  /**
   * Lets log time pass to `logTime`. When that closes the open window, returns a report for each source that lists the instrument, in
   * the definition's order, and for each that no longer does but was counted in the window, by name; then opens the window that holds
   * `logTime`. Windows in between, in which nothing was written to the partition, have no report. Windows are aligned to UTC; after a change of
   * their length the next begins no earlier than the last ended.
   */
  pass(kind: Kind, logTime: Micros, rules: InstrumentRules): readonly QualityReport[] {
    if (logTime < this.#end) return [];
    const length = rules.parameters.reportMs * MICROS_PER_MS;
    const reports = this.#end === 0 ? [] : this.#due(rules).map((name) => this.#report(kind, name, rules.id));
    this.#start = Math.max(this.#end, Math.floor(logTime / length) * length);
    this.#end = (Math.floor(this.#start / length) + 1) * length;
    this.dirty = true;
    return reports;
  }

  #due({ listings }: InstrumentRules): string[] {
    const left = [...this.sources].filter(([name, { window }]) => !listings.has(name) && !window.isEmpty);
    return [...listings.keys(), ...left.map(([name]) => name).sort()];
  }

  #report(kind: Kind, name: string, instrument: string): QualityReport {
    const source = this.source(name);
    const report = source.window.toReport({
      instrument,
      source: name,
      kind,
      start: this.#start,
      end: this.#end,
      lastReceiveTime: source.memory.receiveTime,
    });
    source.window = new ReportWindow();
    source.dirty = true;
    return report;
  }
}
