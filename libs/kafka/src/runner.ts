import { SystemClock, type Clock, type Dependency, type Logger, type Timer } from '@concord/runtime';
import { askBrokers, partitionCounts } from './asking.ts';
import { taskAssignor } from './assignor.ts';
import { Bell } from './bell.ts';
import type { KafkaConnection } from './connection.ts';
import { describeFailure } from './errors.ts';
import { RawProducer } from './raw-producer.ts';
import type { Runner, RunnerStatus, Stage, TaskMetrics } from './stage.ts';
import { Subscription } from './subscription.ts';
import { DEFAULT_PACE, type TaskPace } from './task.ts';
import { checkpointTopic, stateTopic } from './takeover.ts';
import { Tenancy, type TenancyOptions } from './tenancy.ts';
import { requirePartitions } from './topics.ts';

export interface RunStageOptions {
  readonly kafka: KafkaConnection;
  readonly stage: Stage;
  /** Stands before every topic, group and transactional id; may be empty. */
  readonly prefix: string;
  readonly partitions: number;
  /** The stage's clock: rhythm and time of its ticks. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: TaskMetrics;
  /** Told when the brokers serve this replica and when they do not. */
  readonly brokers?: Pick<Dependency, 'reached' | 'away'>;
  readonly snapshotEveryMs?: number;
  readonly checkpointEveryMs?: number;
  readonly pace?: Partial<TaskPace>;
  readonly loadTimeoutMs?: number;
  /** How long a replica that died keeps its tasks; default 9 s, at least the broker's `group.min.session.timeout.ms` (6 s). */
  readonly sessionTimeoutMs?: number;
  /** Bounds of each task's queue of records not yet folded. */
  readonly queueRecords?: number;
  readonly queueBytes?: number;
  /** How long a stop may take before what is under way is abandoned to the next owner. */
  readonly stopTimeoutMs?: number;
  /** Paces commits and back-offs; the machine's time unless a test replaces it. */
  readonly machineClock?: Clock;
}

/** So long before its session ends, a silent member no longer counts on its tasks. */
const DOUBT_MS = 1_000;
/** What an abandoned task gets to end by itself before nobody waits for it any more. */
const ABANDON_MS = 500;
const TICK_MS = 1_000;
const REPORT_MS = 5_000;

/** A replica of `stage`: joins its group and runs the tasks it is given, exactly once. Nothing happens before `run`. */
export function runStage(options: RunStageOptions): Runner {
  return new StageRunner(options);
}

class StageRunner implements Runner {
  readonly #options: RunStageOptions;
  readonly #machineClock: Clock;
  readonly #subscription: Subscription;
  readonly #tenancies = new Map<number, Tenancy>();
  readonly #ended = new AbortController();
  readonly #membership: Bell;
  readonly #fatal = Promise.withResolvers<never>();
  #confirmations = 0;
  #joins = 0;
  #confirmedAtMs = -Infinity;
  #assigned: number[] = [];
  #running: Promise<void> | undefined;

  constructor(options: RunStageOptions) {
    this.#options = options;
    this.#machineClock = options.machineClock ?? new SystemClock();
    this.#membership = new Bell(this.#machineClock);
    this.#fatal.promise.catch(() => undefined);
    const { kafka, stage, prefix, partitions, logger } = options;
    this.#subscription = new Subscription({
      connection: kafka,
      groupId: prefix + stage.name,
      topics: [...stage.inputs.map((topic) => prefix + topic), stateTopic(prefix, stage.name)],
      assignor: taskAssignor(partitions, () => this.#claims()),
      logger,
      machineClock: this.#machineClock,
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
      onJoin: (assigned) => this.#join(assigned),
      onBatch: (batch) => this.#tenancies.get(batch.partition)?.lane.accept(batch),
      onHeartbeat: () => this.#confirm(),
      onLoss: (reason) => options.brokers?.away(reason),
      onUnreadable: (error) => this.#fatal.reject(error),
    });
  }

  run(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#ended.signal]));
    return this.#running;
  }

  status(): RunnerStatus {
    const tasks = [...this.#tenancies.values()].map((tenancy) => tenancy.status());
    tasks.sort((a, b) => a.partition - b.partition);
    return { stage: this.#options.stage.name, joined: this.#subscription.joined, tasks };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#running?.catch(() => undefined);
  }

  async #run(signal: AbortSignal): Promise<void> {
    await this.#requireTopics(signal);
    if (signal.aborted) return;
    const member = new AbortController();
    const ticking = this.#startTicks(member.signal);
    const reports = this.#machineClock.setRepeating(() => this.#report(), REPORT_MS);
    const consuming = this.#subscription.run(member.signal);
    try {
      const stopped = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => stopped.resolve(), { once: true });
      if (!signal.aborted) await Promise.race([this.#fatal.promise, stopped.promise]);
    } finally {
      // Nothing new is taken from here on, whatever the group assigns.
      this.#ended.abort();
      reports.cancel();
      await this.#drain();
      member.abort();
      await Promise.all([consuming, ticking]);
    }
  }

  async #drain(): Promise<void> {
    const { stopTimeoutMs = 8_000 } = this.#options;
    const tenancies = [...this.#tenancies.values()];
    const drained = new AbortController();
    const ends = Promise.all(tenancies.map((tenancy) => tenancy.end())).finally(() => drained.abort());
    await Promise.race([ends, this.#machineClock.sleep(stopTimeoutMs, drained.signal)]);
    if (drained.signal.aborted) return;
    for (const tenancy of tenancies) tenancy.abandon();
    await Promise.race([ends, this.#machineClock.sleep(ABANDON_MS, drained.signal)]);
  }

  /** Waits for the brokers, and refuses topics that are not as configured. */
  async #requireTopics(signal: AbortSignal): Promise<void> {
    const { kafka, stage, prefix, partitions, logger, brokers } = this.#options;
    const topics = [
      ...[...stage.inputs, ...stage.outputs].map((topic) => prefix + topic),
      stateTopic(prefix, stage.name),
      checkpointTopic(prefix, stage.name),
    ];
    const asking = {
      kafka,
      logger,
      machineClock: this.#machineClock,
      ...(brokers === undefined ? {} : { brokers }),
    };
    await askBrokers(
      asking,
      async (admin) => {
        const counts = await partitionCounts(admin, topics);
        for (const topic of topics) requirePartitions(topic, counts.get(topic) ?? 0, partitions);
      },
      signal,
    );
  }

  /** Synchronous: called inside kafkajs' join, before anything is fetched. */
  #join(assigned: ReadonlyMap<string, readonly number[]>): void {
    const { prefix, stage, brokers } = this.#options;
    brokers?.reached();
    this.#assigned = [...(assigned.get(prefix + (stage.inputs[0] ?? '')) ?? [])];
    this.#joins++;
    this.#confirmedAtMs = this.#machineClock.monotonicMs();
    for (const [partition, tenancy] of this.#tenancies) {
      if (!this.#assigned.includes(partition)) void tenancy.end();
    }
    for (const partition of this.#assigned) {
      const tenancy = this.#tenancies.get(partition);
      // A retained task goes on where it is; kafkajs has forgotten its positions, not the task.
      if (tenancy !== undefined && !tenancy.ending) tenancy.lane.steer();
      else this.#beginTenancy(partition, tenancy);
    }
    this.#membership.ring();
  }

  #beginTenancy(partition: number, previous: Tenancy | undefined): void {
    const tenancy = new Tenancy(this.#tenancyOptions(partition));
    this.#tenancies.set(partition, tenancy);
    tenancy.lane.steer();
    if (this.#ended.signal.aborted) return;
    void (previous?.end() ?? Promise.resolve())
      .then(() => tenancy.run())
      .catch((error: unknown) => this.#fatal.reject(error))
      .finally(() => {
        if (this.#tenancies.get(partition) === tenancy) this.#tenancies.delete(partition);
      });
  }

  #tenancyOptions(partition: number): TenancyOptions {
    const {
      kafka,
      stage,
      prefix,
      logger,
      metrics,
      loadTimeoutMs = 60_000,
      queueRecords,
      queueBytes,
    } = this.#options;
    const { pace, snapshotEveryMs, checkpointEveryMs } = this.#options;
    return {
      connection: kafka,
      stage,
      partition,
      prefix,
      groupId: prefix + stage.name,
      partitions: this.#subscription,
      logger,
      machineClock: this.#machineClock,
      loadTimeoutMs,
      confirmed: () => this.#membershipConfirmed(),
      pace: {
        ...DEFAULT_PACE,
        ...(snapshotEveryMs === undefined ? {} : { snapshotEveryMs }),
        ...(checkpointEveryMs === undefined ? {} : { checkpointEveryMs }),
        ...pace,
      },
      ...(metrics === undefined ? {} : { metrics }),
      ...(queueRecords === undefined ? {} : { queueRecords }),
      ...(queueBytes === undefined ? {} : { queueBytes }),
    };
  }

  #confirm(): void {
    this.#confirmations++;
    this.#confirmedAtMs = this.#machineClock.monotonicMs();
    this.#membership.ring();
  }

  /**
   * Resolves when the group has confirmed this replica's membership by something asked after the call: a join, or the second heartbeat
   * from now, since the first answer may be older. A sleeper that wakes must not fence the rightful owner.
   */
  async #membershipConfirmed(): Promise<void> {
    const joins = this.#joins + 1;
    const confirmations = this.#confirmations + 2;
    while (this.#joins < joins && this.#confirmations < confirmations && !this.#ended.signal.aborted) {
      await this.#membership.wait(500);
    }
  }

  /** What the assignor shall leave with this replica; nothing when its session may have ended meanwhile. */
  #claims(): number[] {
    const silentMs = this.#machineClock.monotonicMs() - this.#confirmedAtMs;
    const inDoubt = silentMs > this.#subscription.sessionTimeoutMs - DOUBT_MS;
    return inDoubt ? [] : this.#assigned;
  }

  #report(): void {
    const { prefix, logger } = this.#options;
    const positions = this.status().tasks.flatMap(({ partition, committedOffsets }) =>
      Object.entries(committedOffsets).map(([topic, offset]) => ({
        topic: prefix + topic,
        partition,
        offset,
      })),
    );
    this.#subscription
      .report(positions)
      .catch((error: unknown) => logger.debug({ reason: describeFailure(error) }, 'positions not shown'));
  }

  async #startTicks(signal: AbortSignal): Promise<void> {
    const { stage, clock, kafka, prefix, logger } = this.#options;
    if (stage.ticks === undefined) return;
    await using producer = new RawProducer({ kafka, prefix, logger, machineClock: this.#machineClock });
    const timer: Timer = clock.setRepeating(() => this.#tick(producer), TICK_MS);
    await producer.run(signal, ABANDON_MS);
    timer.cancel();
  }

  #tick(producer: RawProducer): void {
    const { stage, clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const { partition, state } of this.status().tasks) {
      if (state !== 'running') continue;
      for (const tick of stage.ticks?.(partition, nowMs) ?? []) {
        producer.publish({ ...tick, partition, key: null, value: null });
      }
    }
  }
}
