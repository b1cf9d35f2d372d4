import { connect } from 'node:net';
import { runStage } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import { sumsStage } from './sums-stage.ts';

/** What a replica process is told in its only argument. */
export interface ReplicaArguments {
  brokers: string[];
  prefix: string;
  partitions: number;
  sessionTimeoutMs: number;
  snapshotEveryMs: number;
}

/** A replica of the test stage in a process of its own, to be killed, stopped and continued. Ends at `stop` from its parent. */
async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as ReplicaArguments;
  const clock = new SystemClock();
  const stopped = new AbortController();
  process.once('disconnect', () => stopped.abort());
  process.once('message', () => stopped.abort());
  const runner = runStage({
    kafka: { brokers: options.brokers, connect: (host, port) => connect(port, host) },
    stage: sumsStage(),
    prefix: options.prefix,
    partitions: options.partitions,
    sessionTimeoutMs: options.sessionTimeoutMs,
    snapshotEveryMs: options.snapshotEveryMs,
    clock,
    logger: createLogger({ name: `replica-${process.pid}`, level: 'error', clock }),
  });
  const reports = clock.setRepeating(() => {
    if (process.connected) process.send?.(runner.status());
  }, 50);
  await runner.run(stopped.signal);
  reports.cancel();
  if (process.connected) process.disconnect();
}

await main();
