import type { Codec, QualityReport } from '@concord/codec';
import type { OutputRecord } from '@concord/kafka';
import { KINDS, MICROS_PER_SECOND } from '@concord/model';
import { Counter, Gauge, type Registry } from 'prom-client';

const STREAM = ['source', 'instrument', 'kind'] as const;
const OUTCOMES = ['accepted', 'suspected', 'rejected', 'duplicates'] as const;
const COVERAGE = ['verified', 'unverifiable', 'suspect'] as const;

/**
 * Figures of what the validator committed: outputs as they are committed, the rest from the quality reports of closed windows. Called after
 * commits only, so nothing is counted twice when a task is taken over.
 */
export class ValidatorMetrics {
  readonly #outputs: Counter<'topic'>;
  readonly #records: Counter<'source' | 'instrument' | 'kind' | 'outcome'>;
  readonly #coverage: Counter<'source' | 'instrument' | 'kind' | 'state'>;
  readonly #codes: Counter<'source' | 'kind' | 'code'>;
  readonly #missing: Counter<(typeof STREAM)[number]>;
  readonly #filled: Counter<(typeof STREAM)[number]>;
  readonly #staleness: Gauge<(typeof STREAM)[number]>;
  readonly #skew: Gauge<(typeof STREAM)[number]>;
  readonly #delay: Gauge<(typeof STREAM)[number] | 'quantile'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    this.#outputs = counter('concord_validator_outputs_total', 'Records committed, markers among them', [
      'topic',
    ]);
    this.#records = counter(
      'concord_quality_records_total',
      'Records of closed windows by what became of them',
      [...STREAM, 'outcome'],
    );
    this.#coverage = counter('concord_quality_coverage_total', 'Records of closed windows by coverage', [
      ...STREAM,
      'state',
    ]);
    this.#codes = counter('concord_quality_codes_total', 'Codes given in closed windows', [
      'source',
      'kind',
      'code',
    ]);
    this.#missing = counter('concord_quality_missing_ids_total', 'Ids found missing', STREAM);
    this.#filled = counter('concord_quality_filled_ids_total', 'Missing ids that came later', STREAM);
    this.#staleness = gauge(
      'concord_quality_staleness_seconds',
      'Age of the last record at the end of the last window',
      STREAM,
    );
    this.#skew = gauge(
      'concord_quality_skew_seconds',
      "Offset of the venue's clock: least receive minus event time",
      STREAM,
    );
    this.#delay = gauge('concord_quality_delay_seconds', 'Receive minus event time in the last window', [
      ...STREAM,
      'quantile',
    ]);
    for (const kind of KINDS) this.#outputs.inc({ topic: `clean.${kind}` }, 0);
    for (const topic of ['quarantine', 'quality']) this.#outputs.inc({ topic }, 0);
  }

  committed(codec: Codec, outputs: readonly OutputRecord[]): void {
    const counts = new Map<string, number>();
    for (const { topic, value } of outputs) {
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
      if (topic !== 'quality') continue;
      const report = codec.decode('quality', value);
      if (report.ok) this.#report(report.value);
    }
    for (const [topic, count] of counts) this.#outputs.inc({ topic }, count);
  }

  #report(report: QualityReport): void {
    const { source, instrument } = report;
    const kind = report.kind.toLowerCase();
    const stream = { source, instrument, kind };
    for (const outcome of OUTCOMES) this.#records.inc({ ...stream, outcome }, report[outcome]);
    for (const state of COVERAGE) this.#coverage.inc({ ...stream, state }, report[state]);
    for (const { code, count } of report.codes) this.#codes.inc({ source, kind, code }, count);
    this.#missing.inc(stream, report.missingIds);
    this.#filled.inc(stream, report.filled);
    setSeconds(this.#staleness, stream, report.stalenessMicros);
    setSeconds(this.#skew, stream, report.skewMicros);
    setSeconds(this.#delay, { ...stream, quantile: '0.5' }, report.delayP50Micros);
    setSeconds(this.#delay, { ...stream, quantile: '0.99' }, report.delayP99Micros);
  }
}

/** A figure that the last window does not have is no longer shown. */
function setSeconds<L extends string>(
  gauge: Gauge<L>,
  labels: Record<L, string>,
  micros: number | null,
): void {
  if (micros === null) gauge.remove(labels);
  else gauge.set(labels, micros / MICROS_PER_SECOND);
}
