import { SystemClock, type Clock, type Dependency, type Logger } from '@concord/runtime';
import { askBrokers, partitionCounts } from './asking.ts';
import { taskAssignor } from './assignor.ts';
import type { KafkaConnection } from './connection.ts';
import { stripeSlots } from './stripes.ts';
import { Subscription } from './subscription.ts';
import { ASSIGNMENTS, requirePartitions } from './topics.ts';

/** What the group has given to this replica. */
export interface SlotAssignment {
  /** Slots in all, from 0; the same for every member of every group. */
  readonly count: number;
  readonly owned: ReadonlySet<number>;
}

export interface SlotsOptions {
  readonly kafka: KafkaConnection;
  readonly prefix: string;
  /** Logical name of the group whose members share the slots, e.g. `ingestor-<venue>`. */
  readonly group: string;
  readonly logger: Logger;
  /** Told when the brokers serve this replica and when they do not. */
  readonly brokers?: Pick<Dependency, 'reached' | 'away'>;
  /** Called at every assignment, changed or not. */
  onAssigned(assignment: SlotAssignment): void;
  readonly sessionTimeoutMs?: number;
  readonly machineClock?: Clock;
}

/**
 * How long a dead replica keeps its slots: the least that a broker allows unless told (`group.min.session.timeout.ms`). A member put out
 * by mistake costs two subscriptions for a while, no data.
 */
const SESSION_TIMEOUT_MS = 6_000;

/**
 * A member of a consumer group that shares numbered slots instead of records. Every slot has one owner; whoever comes gets its part, and what
 * a dead member held is given to the others as soon as its session ends. What is owned changes with an assignment only: while the brokers are
 * away, and during a rebalance, everybody goes on with what it had.
 */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #machineClock: Clock;
  #assignment: SlotAssignment | undefined;
  #subscription: Subscription | undefined;

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#machineClock = options.machineClock ?? new SystemClock();
  }

  /** The newest assignment; `undefined` before the first. */
  get assignment(): SlotAssignment | undefined {
    return this.#assignment;
  }

  /** Whether the group counts on this replica at the moment. */
  get joined(): boolean {
    return this.#subscription?.joined ?? false;
  }

  /**
   * A member until `signal` aborts, then leaves, so that the others need not wait for the session's end. Outages are waited
   * out; rejects with a fatal `TopicMismatchError` where the topic was never made.
   */
  async run(signal: AbortSignal): Promise<void> {
    const count = await this.#count(signal);
    if (count === undefined) return;
    const { kafka, prefix, group, logger, brokers, sessionTimeoutMs = SESSION_TIMEOUT_MS } = this.#options;
    const topic = prefix + ASSIGNMENTS;
    // Claimed even after a long silence: when the brokers were away from all, nobody has taken anything meanwhile.
    const claims = (): number[] => [...(this.#assignment?.owned ?? [])];
    const subscription = new Subscription({
      connection: kafka,
      groupId: prefix + group,
      topics: [topic],
      assignor: taskAssignor(count, claims, stripeSlots),
      logger,
      machineClock: this.#machineClock,
      sessionTimeoutMs,
      onJoin: (assigned) => {
        brokers?.reached();
        const owned = new Set(assigned.get(topic));
        // There is nothing to read: a member that fetches nothing only sends heartbeats.
        for (const slot of owned) subscription.pause(topic, slot);
        this.#assignment = { count, owned };
        logger.debug({ slots: owned.size, of: count }, 'slots assigned');
        this.#options.onAssigned(this.#assignment);
      },
      onBatch: () => undefined,
      onLoss: (reason) => brokers?.away(reason),
    });
    this.#subscription = subscription;
    await subscription.run(signal);
  }

  /** The topic says how many slots there are, so that no two replicas can differ about it. */
  async #count(signal: AbortSignal): Promise<number | undefined> {
    const { kafka, prefix, logger, brokers } = this.#options;
    const topic = prefix + ASSIGNMENTS;
    const asking = {
      kafka,
      logger,
      machineClock: this.#machineClock,
      ...(brokers === undefined ? {} : { brokers }),
    };
    return askBrokers(
      asking,
      async (admin) => {
        const count = (await partitionCounts(admin, [topic])).get(topic) ?? 0;
        requirePartitions(topic, count, Math.max(1, count));
        return count;
      },
      signal,
    );
  }
}
