import { KINDS, type Kind } from '@concord/model';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CONNECTION_ENDS } from '../errors.ts';
import { REFUSALS } from '../frame/frame.ts';
import type { RestCounters, RestReading } from '../history/rest-host.ts';
import type { SourceCounters } from '../streaming-source.ts';

const BREAKER_FIGURES: Readonly<Record<RestReading['breaker'], number>> = {
  CLOSED: 0,
  HALF_OPEN: 1,
  OPEN: 2,
};

/** Reads a figure when metrics are scraped. */
export interface LagReading {
  (): { readonly queued: number; readonly oldestAgeMs: number };
}

/** A count kept as a plain number, and handed over when metrics are scraped: it is raised for every frame. */
class Tally {
  value = 0;
  #told = 0;

  /** What came since it was last asked. */
  takeNew(): number {
    const news = this.value - this.#told;
    this.#told = this.value;
    return news;
  }
}

/** The figures of one ingestor. Every series exists from the start, at 0. */
export class IngestorMetrics implements SourceCounters, RestCounters {
  readonly #source: string;
  readonly #frames = new Tally();
  readonly #bytes = new Tally();
  readonly #records: Readonly<Record<Kind, Tally>> = {
    trades: new Tally(),
    quotes: new Tally(),
    bars: new Tally(),
  };
  readonly #dropped = new Map<Kind, Counter.Internal>();
  readonly #gaps = new Map<Kind, Counter.Internal>();
  readonly #missing = new Map<Kind, Counter.Internal>();
  readonly #refused: Counter<'source' | 'code'>;
  readonly #errors: Counter<'source' | 'code'>;
  readonly #reconnects: Counter<'source' | 'reason'>;
  readonly #repairs: Counter<'source' | 'kind' | 'outcome'>;
  /** Refusals of the ingestor's whole life. */
  refusedInAll = 0;
  readonly #delay: Histogram.Internal<'source'>;
  readonly #restHosts = new Map<string, () => RestReading>();

  constructor(registry: Registry, source: string, lag: LagReading) {
    const registers = [registry];
    this.#source = source;
    this.#exposeTallies(registers);
    const perKind = (name: string, help: string, children: Map<Kind, Counter.Internal>): void => {
      const counter = new Counter({ name, help, labelNames: ['source', 'kind'], registers });
      for (const kind of KINDS) children.set(kind, started(counter.labels(source, kind)));
    };
    perKind('concord_ingestor_dropped_total', 'Records dropped before Kafka', this.#dropped);
    perKind('concord_ingestor_gaps_total', 'Jumps in venue ids', this.#gaps);
    perKind('concord_ingestor_missing_ids_total', 'Venue ids jumped over', this.#missing);
    this.#refused = new Counter({
      name: 'concord_ingestor_refused_total',
      help: 'Frames, or parts of them, that no record could be made of',
      labelNames: ['source', 'code'],
      registers,
    });
    for (const code of Object.keys(REFUSALS)) started(this.#refused.labels(source, code));
    this.#errors = new Counter({
      name: 'concord_ingestor_venue_errors_total',
      help: 'Errors that the venue sent',
      labelNames: ['source', 'code'],
      registers,
    });
    this.#reconnects = new Counter({
      name: 'concord_ingestor_reconnects_total',
      help: 'Connections lost or given up',
      labelNames: ['source', 'reason'],
      registers,
    });
    for (const end of CONNECTION_ENDS) started(this.#reconnects.labels(source, end));
    this.#repairs = new Counter({
      name: 'concord_ingestor_repairs_total',
      help: 'Holes that were filled from history, or could not be',
      labelNames: ['source', 'kind', 'outcome'],
      registers,
    });
    for (const kind of KINDS)
      for (const outcome of ['filled', 'unrepairable']) started(this.#repairs.labels(source, kind, outcome));
    const delay = new Histogram({
      name: 'concord_ingestor_event_delay_seconds',
      help: 'Receive time minus event time of live records, one a frame',
      labelNames: ['source'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
      registers,
    });
    delay.zero({ source });
    this.#delay = delay.labels(source);
    this.#watchLag(registers, source, lag);
    this.#watchRest(registers);
  }

  #exposeTallies(registers: Registry[]): void {
    const source = this.#source;
    const records = this.#records;
    const plain = (name: string, help: string, tally: Tally): void => {
      new Counter({
        name,
        help,
        labelNames: ['source'],
        registers,
        collect() {
          this.inc({ source }, tally.takeNew());
        },
      });
    };
    plain('concord_ingestor_frames_total', 'Frames received', this.#frames);
    plain('concord_ingestor_frame_bytes_total', 'Bytes of frames received', this.#bytes);
    new Counter({
      name: 'concord_ingestor_records_total',
      help: 'Records made of frames',
      labelNames: ['source', 'kind'],
      registers,
      collect() {
        for (const kind of KINDS) this.inc({ source, kind }, records[kind].takeNew());
      },
    });
  }

  #watchLag(registers: Registry[], source: string, lag: LagReading): void {
    const labelNames = ['source'] as const;
    new Gauge({
      name: 'concord_ingestor_queued_records',
      help: 'Records that wait for Kafka',
      labelNames,
      registers,
      collect() {
        this.set({ source }, lag().queued);
      },
    });
    new Gauge({
      name: 'concord_ingestor_lag_seconds',
      help: 'How long the oldest record has waited for Kafka',
      labelNames,
      registers,
      collect() {
        this.set({ source }, lag().oldestAgeMs / 1_000);
      },
    });
  }

  #watchRest(registers: Registry[]): void {
    const source = this.#source;
    const hosts = this.#restHosts;
    const perHost = (name: string, help: string, of: (reading: RestReading) => number): void => {
      new Gauge({
        name,
        help,
        labelNames: ['source', 'host'],
        registers,
        collect() {
          for (const [host, read] of hosts) this.set({ source, host }, of(read()));
        },
      });
    };
    perHost(
      'concord_ingestor_rest_breaker',
      'Whether a REST host is asked: 0 it is, 1 by one probe only, 2 it is left alone after failures',
      ({ breaker }) => BREAKER_FIGURES[breaker],
    );
    perHost(
      'concord_ingestor_rest_used_ratio',
      "Part of a REST host's limit in use",
      ({ usedShare }) => usedShare,
    );
    perHost(
      'concord_ingestor_rest_waiting',
      'REST requests that wait for their turn',
      ({ waiting }) => waiting,
    );
  }

  repair(kind: Kind, outcome: 'filled' | 'unrepairable'): void {
    this.#repairs.inc({ source: this.#source, kind, outcome });
  }

  restHost(host: string, read: () => RestReading): void {
    this.#restHosts.set(host, read);
  }

  frame(bytes: number): void {
    this.#frames.value++;
    this.#bytes.value += bytes;
  }

  records(kind: Kind, count: number): void {
    this.#records[kind].value += count;
  }

  refused(code: string): void {
    this.refusedInAll++;
    this.#refused.labels(this.#source, code).inc();
  }

  gap(kind: Kind, missing: number): void {
    this.#gaps.get(kind)?.inc();
    this.#missing.get(kind)?.inc(missing);
  }

  venueError(code: string): void {
    this.#errors.labels(this.#source, code).inc();
  }

  reconnect(reason: string): void {
    this.#reconnects.labels(this.#source, reason).inc();
  }

  dropped(kind: Kind, count: number): void {
    this.#dropped.get(kind)?.inc(count);
  }

  /** Seconds between the venue's time and ours; negative where the venue's clock runs ahead. */
  delay(seconds: number): void {
    this.#delay.observe(seconds);
  }
}

/** A series exists once it was counted on: an alert can then tell 0 from absent. */
function started(counter: Counter.Internal): Counter.Internal {
  counter.inc(0);
  return counter;
}
