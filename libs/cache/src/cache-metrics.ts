import { Counter, Gauge, Registry } from 'prom-client';

/** Figures of the snapshot cache. All exist from the start at 0. */
export class CacheMetrics {
  readonly written: Counter;
  readonly stale: Counter;
  readonly failures: Counter;
  readonly conflated: Counter;
  readonly dropped: Counter;
  readonly pending: Gauge;
  readonly connected: Gauge;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    this.written = counter('concord_snapshots_written_total', 'Snapshots written to Redis');
    this.stale = counter(
      'concord_snapshots_stale_total',
      'Snapshots not written since Redis held as new a one',
    );
    this.failures = counter('concord_snapshot_failures_total', 'Snapshot writes that failed');
    this.conflated = counter(
      'concord_snapshots_conflated_total',
      'Snapshots replaced before they were written',
    );
    this.dropped = counter(
      'concord_snapshots_dropped_total',
      'Snapshots not taken since too many keys are held',
    );
    this.pending = gauge('concord_snapshots_pending', 'Keys whose newest snapshot is not written yet');
    this.connected = gauge('concord_snapshots_connected', '1 while Redis can be written to');
  }
}
