import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TaskMetrics } from './stage.ts';

const LABELS = ['stage', 'partition'] as const;

/** Figures of a stage's tasks for Prometheus; every series of a task exists from its first report. */
export function taskMetrics(registry: Registry): TaskMetrics {
  const registers = [registry];
  const commits = new Histogram({
    name: 'concord_commit_seconds',
    help: 'Length of a task transaction, from its first request to its commit',
    labelNames: LABELS,
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  const counter = (name: string, help: string): Counter<(typeof LABELS)[number]> =>
    new Counter({ name, help, labelNames: LABELS, registers });
  const inputs = counter('concord_records_in_total', 'Records folded and committed');
  const outputs = counter('concord_records_out_total', 'Records emitted and committed');
  const stateBytes = counter('concord_state_bytes_total', 'Bytes of snapshot and checkpoint entries written');
  const lag = new Gauge({
    name: 'concord_lag_records',
    help: 'Records of the input not yet folded and committed',
    labelNames: LABELS,
    registers,
  });
  const takeovers = new Histogram({
    name: 'concord_takeover_seconds',
    help: 'Time from taking a task over to its first new record',
    labelNames: LABELS,
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers,
  });
  const failures = new Counter({
    name: 'concord_task_failures_total',
    help: 'Failures after which a task was taken over anew',
    labelNames: [...LABELS, 'code'],
    registers,
  });
  return {
    committed(stage, partition, figures) {
      const labels = { stage, partition };
      commits.observe(labels, figures.durationMs / 1_000);
      inputs.inc(labels, figures.inputs);
      outputs.inc(labels, figures.outputs);
      stateBytes.inc(labels, figures.stateBytes);
    },
    takeover: (stage, partition, durationMs) => takeovers.observe({ stage, partition }, durationMs / 1_000),
    failed: (stage, partition, code) => failures.inc({ stage, partition, code }),
    lag: (stage, partition, records) => lag.set({ stage, partition }, records),
  };
}
