import type { QualityReport } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import { z } from 'zod';
import { DelayHistogram, histogramSnapshot } from './delay-histogram.ts';
import { saturated } from './exact.ts';
import type { Judgement } from './judge.ts';
import type { RawRecord } from './record.ts';
import { timesHold } from './rules/times.ts';
import type { Admission } from './source-memory.ts';

/** Distinct codes counted per window; ingestors bring codes of their own. What is beyond counts as `other`. */
const CODES_MAX = 128;

/** Longest code, in characters, that is counted as it is; of a longer one, which no ingestor of ours gives, its beginning. */
export const CODE_LENGTH_MAX = 64;

const COUNTERS = [
  'received',
  'accepted',
  'noted',
  'suspected',
  'rejected',
  'duplicates',
  'late',
  'gaps',
  'missingIds',
  'filled',
  'verified',
  'unverifiable',
  'suspect',
] as const;
type Counter = (typeof COUNTERS)[number];

const count = z.int().nonnegative();
export const windowSnapshot = z.strictObject({
  counts: z.array(count).length(COUNTERS.length),
  codes: z.array(z.tuple([z.string(), count])),
  delays: histogramSnapshot,
  skew: z.int().nullable(),
});
export type WindowSnapshot = z.output<typeof windowSnapshot>;

const DATA_TYPE = { trades: 'TRADES', quotes: 'QUOTES', bars: 'BARS' } as const;

/** Where and when a report is about. */
export interface ReportFrame {
  readonly instrument: string;
  readonly source: string;
  readonly kind: Kind;
  readonly start: Micros;
  readonly end: Micros;
  /** Receive time of the source's last record. */
  readonly lastReceiveTime: Micros | null;
}

/** Counts of one source, instrument and kind within the open window of a report. */
export class ReportWindow {
  readonly #counts: Record<Counter, number>;
  readonly #codes: Map<string, number>;
  readonly #delays: DelayHistogram;
  #skew: Micros | null;

  constructor(snapshot?: WindowSnapshot) {
    this.#counts = Object.fromEntries(COUNTERS.map((name, i) => [name, snapshot?.counts[i] ?? 0])) as Record<
      Counter,
      number
    >;
    this.#codes = new Map(snapshot?.codes);
    this.#delays = new DelayHistogram(snapshot?.delays);
    this.#skew = snapshot?.skew ?? null;
  }

  get isEmpty(): boolean {
    return this.#counts.received === 0 && this.#codes.size === 0;
  }

  #code(given: string, times = 1): void {
    const code = given.length <= CODE_LENGTH_MAX ? given : given.slice(0, CODE_LENGTH_MAX);
    const name = this.#codes.size < CODES_MAX || this.#codes.has(code) ? code : 'other';
    this.#codes.set(name, (this.#codes.get(name) ?? 0) + times);
  }

  /** Counts a judged record. `admission` is what passing it on changed; it is absent when it was not. */
  record(record: RawRecord, judgement: Judgement, admission: Admission | undefined): void {
    const counts = this.#counts;
    counts.received++;
    const { outcome, codes } = judgement;
    if (
      record.origin === 'LIVE' &&
      record.eventTime !== null &&
      outcome !== 'DROPPED' &&
      timesHold(record, codes)
    )
      this.#delay(saturated(record.receiveTime - record.eventTime));
    for (const code of codes) this.#code(code);
    if (outcome === 'DROPPED') {
      counts.duplicates++;
      return;
    }
    if (outcome === 'REJECTED') {
      counts.rejected++;
      counts.suspect++;
      return;
    }
    this.#passed(record, judgement, admission);
  }

  #passed(record: RawRecord, { outcome, codes }: Judgement, admission: Admission | undefined): void {
    const counts = this.#counts;
    if (outcome === 'SUSPECT') counts.suspected++;
    else {
      counts.accepted++;
      if (codes.length > 0) counts.noted++;
    }
    const late = codes.includes('late');
    const gap = codes.includes('gap');
    if (late) counts.late++;
    if (gap) counts.gaps++;
    this.#ids('missingIds', admission?.missingIds ?? 0);
    this.#ids('filled', admission?.filled ?? 0);
    if (late || gap || outcome === 'SUSPECT') counts.suspect++;
    else if (record.idKind === 'TRADE' || record.idKind === 'AGGREGATE') counts.verified++;
    else counts.unverifiable++;
  }

  /** Ids are counted by what records and markers claim, all other counters by the records themselves. */
  #ids(counter: 'missingIds' | 'filled', times: number): void {
    this.#counts[counter] = saturated(this.#counts[counter] + times);
  }

  #delay(delay: Micros): void {
    this.#delays.add(delay);
    if (this.#skew === null || delay < this.#skew) this.#skew = delay;
  }

  /** A frame that its ingestor refused: nothing of it could be checked. */
  refused(code: string): void {
    this.#counts.received++;
    this.#counts.rejected++;
    this.#counts.suspect++;
    this.#code(code);
  }

  /** A hole that only its ingestor could see, of `missing` records where that is known. */
  hole(code: string, missing: number | null): void {
    this.#counts.gaps++;
    this.#ids('missingIds', missing ?? 0);
    this.#code(code);
  }

  toReport({ instrument, source, kind, start, end, lastReceiveTime }: ReportFrame): QualityReport {
    const codes = [...this.#codes]
      .map(([code, times]) => ({ code, count: times }))
      .sort((a, b) => (a.code < b.code ? -1 : 1));
    return {
      instrument,
      source,
      kind: DATA_TYPE[kind],
      start,
      end,
      ...this.#counts,
      codes,
      stalenessMicros: lastReceiveTime === null ? null : saturated(Math.max(0, end - lastReceiveTime)),
      delayP50Micros: this.#delays.at((total) => Math.floor(total / 2)),
      delayP99Micros: this.#delays.at((total) => total - 1 - Math.floor(total / 100)),
      skewMicros: this.#skew,
    };
  }

  toSnapshot(): WindowSnapshot {
    return {
      counts: COUNTERS.map((name) => this.#counts[name]),
      codes: [...this.#codes],
      delays: this.#delays.toSnapshot(),
      skew: this.#skew,
    };
  }
}
