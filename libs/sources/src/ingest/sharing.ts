import type { Codec, Instrument, SourceState } from '@concord/codec';
import {
  Slots,
  TopicFollower,
  type InputRecord,
  type KafkaConnection,
  type SlotAssignment,
} from '@concord/kafka';
import type { Micros } from '@concord/model';
import type { Clock, Dependency, Logger } from '@concord/runtime';
import type { Stream } from '../venue.ts';
import { Definitions } from './definitions.ts';
import { KnownCheckpoints } from './known-checkpoints.ts';
import { Roster } from './roster.ts';

export interface SharingOptions {
  readonly kafka: KafkaConnection;
  readonly prefix: string;
  readonly source: string;
  readonly replica: string;
  readonly codec: Pick<Codec, 'decode' | 'needs' | 'learn'>;
  readonly clock: Clock;
  readonly machineClock: Clock;
  readonly logger: Logger;
  readonly resumeSinceMs: number | null;
  /** That of the venue. */
  readonly servesAlone?: boolean;
  readonly brokers?: Pick<Dependency, 'reached' | 'away'>;
}

/** That the newest checkpoints cannot be read is said so often. */
const LATE_MS = 30_000;
const LEARN_AGAIN_MS = 500;
/** How long a replica that stops serves on for those that take over; the rest of its grace is for draining. */
const HAND_OVER_MS_MAX = 5_000;
const HAND_OVER_STEP_MS = 100;
/** Streams that no two replicas may serve at once are not taken from one that said of late that it serves them: every state is written again every ten seconds. */
const HELD_MICROS = 12_000_000;
/** Not for ever, whatever the clocks say. */
const HELD_MS_MAX = 15_000;
/** Replicas that wrote nothing for so long are not counted on. Every state is written again every ten seconds. */
const ALIVE_MICROS = 15_000_000;

/**
 * A replica's part of its ingestor: it shares the slots with the other replicas, follows the definitions on `instruments` and what every replica says of its
 * streams on `sources`, and keeps the roster by them.
 */
export class Sharing {
  readonly roster: Roster;
  readonly known: KnownCheckpoints;
  readonly #options: SharingOptions;
  readonly #definitions: Definitions;
  readonly #topics: TopicFollower;
  readonly #slots: Slots;
  /** Values of a schema that is being looked up, the newest of each key. */
  readonly #unread = new Map<string, InputRecord>();
  readonly #ended = new AbortController();
  #learning: Promise<void> | undefined;
  #turn = 0;
  #settledTurn = 0;
  /** Slots whose instruments the roster has. */
  #served: ReadonlySet<number> = new Set();

  constructor(options: SharingOptions) {
    const { kafka, prefix, source, replica, clock, machineClock, logger, brokers } = options;
    const { resumeSinceMs, servesAlone } = options;
    this.#options = options;
    this.known = new KnownCheckpoints({ source, replica, clock, resumeSinceMs });
    this.roster = new Roster({
      machineClock,
      replaced: (instrument) => this.known.forget(instrument),
      ...(servesAlone ? { lingerMs: 0 } : { handOver: (instrument) => this.#awaitTaker(instrument) }),
    });
    this.#definitions = new Definitions(source);
    this.#topics = new TopicFollower({
      kafka,
      prefix,
      topics: ['instruments', 'sources'],
      logger,
      machineClock,
      onRecords: (records) => this.#take(records),
    });
    this.#slots = new Slots({
      kafka,
      prefix,
      group: `ingestor-${source}`,
      logger,
      machineClock,
      onAssigned: (assignment) => void this.#assign(assignment),
      ...(brokers === undefined ? {} : { brokers }),
    });
  }

  /** What the group has given to this replica; `undefined` before the first assignment. */
  get assignment(): SlotAssignment | undefined {
    return this.#slots.assignment;
  }

  /** Whether the newest assignment waits for the checkpoints of what it gives. */
  get isCatchingUp(): boolean {
    return this.#settledTurn < this.#turn;
  }

  /**
   * A member of the group until `signal` aborts; the roster keeps what it has then. Rejects with a fatal `TopicMismatchError` where the cluster was
   * not set up.
   */
  async run(signal: AbortSignal): Promise<void> {
    const following = this.#topics.run(this.#ended.signal);
    try {
      await this.#slots.run(signal);
    } finally {
      if (!signal.aborted) this.end();
    }
    await following;
  }

  /**
   * Waits until other replicas serve these streams, and gives them up; does nothing when there is no other or none takes them in time. For after `run` was told
   * to end.
   */
  async handOver(streams: readonly Stream[]): Promise<void> {
    const { clock, machineClock, servesAlone } = this.#options;
    if (servesAlone === true) return; // they wait for its last word
    const since = clock.nowMicros();
    if (!this.known.hasOthers(since - ALIVE_MICROS)) return;
    const deadlineMs = machineClock.monotonicMs() + HAND_OVER_MS_MAX;
    while (!this.#isServed(streams, since) && machineClock.monotonicMs() < deadlineMs)
      await machineClock.sleep(HAND_OVER_STEP_MS);
    if (this.#isServed(streams, since)) this.roster.release();
  }

  /** Stops following. */
  end(): void {
    this.#ended.abort();
    this.roster.stop();
  }

  #awaitTaker(instrument: string): () => boolean {
    const since = this.#options.clock.nowMicros();
    return () => this.known.isTakenOver(instrument, since);
  }

  #isServed(streams: readonly Stream[], since: Micros): boolean {
    return streams.every(({ listing, kind }) =>
      this.known.isServedElsewhere(listing.instrument, kind, since),
    );
  }

  /** The newest checkpoints first: the streams ask for them when they begin. */
  async #assign(assignment: SlotAssignment): Promise<void> {
    const turn = ++this.#turn;
    const isOver = (): boolean => turn !== this.#turn || this.#ended.signal.aborted;
    await this.#catchUp();
    if (this.#options.servesAlone === true && !isOver()) await this.#untilReleased(assignment, isOver);
    if (isOver()) return;
    this.#settledTurn = turn;
    this.#served = assignment.owned;
    this.roster.assign(assignment);
    const { owned, count } = assignment;
    this.#options.logger.info(
      { slots: owned.size, of: count, instruments: this.roster.listings.size },
      'instruments assigned',
    );
  }

  /** Gives up what belongs to others now, then waits until these have given up what belongs to this one, or are dead. */
  async #untilReleased({ count, owned }: SlotAssignment, isOver: () => boolean): Promise<void> {
    const { clock, machineClock } = this.#options;
    this.#served = new Set([...owned].filter((slot) => this.#served.has(slot)));
    this.roster.assign({ count, owned: this.#served });
    const deadlineMs = machineClock.monotonicMs() + HELD_MS_MAX;
    const isHeld = (): boolean =>
      this.roster
        .given({ count, owned })
        .some((instrument) => this.known.isHeldElsewhere(instrument, clock.nowMicros() - HELD_MICROS));
    while (isHeld() && !isOver() && machineClock.monotonicMs() < deadlineMs)
      await machineClock.sleep(HAND_OVER_STEP_MS, this.#ended.signal);
  }

  /**
   * Reads all that the topics hold, and understands it, however long it takes. Who had the streams before serves on meanwhile; where it is dead, what was missed is
   * fetched by its checkpoints, and without them nobody would know of it.
   */
  async #catchUp(): Promise<void> {
    const { machineClock, logger } = this.#options;
    const { signal } = this.#ended;
    const complaining = machineClock.setRepeating(
      () => logger.error('the newest checkpoints cannot be read: instruments wait to be served'),
      LATE_MS,
    );
    await this.#topics.caughtUp(signal);
    while (this.#unread.size > 0 && !signal.aborted) {
      await (this.#learning ??= this.#learn());
      if (this.#unread.size > 0) await machineClock.sleep(LEARN_AGAIN_MS, signal);
    }
    complaining.cancel();
  }

  #take(records: readonly InputRecord[]): void {
    let isRedefined = false;
    for (const record of records) {
      if (record.topic === 'sources' && !this.known.concerns(keyOf(record))) continue;
      if (this.#options.codec.needs(record.value) === undefined) this.#read(record);
      else this.#unread.set(`${record.topic} ${keyOf(record)}`, record);
      isRedefined ||= record.topic === 'instruments';
    }
    if (isRedefined) this.roster.define(this.#definitions.placed);
    if (this.#unread.size > 0) this.#learning ??= this.#learn();
  }

  #read(record: InputRecord): void {
    const { codec, logger } = this.#options;
    const key = keyOf(record);
    this.#unread.delete(`${record.topic} ${key}`);
    const topic = record.topic === 'sources' ? 'sources' : 'instruments';
    const decoded = record.value === null ? null : codec.decode(topic, record.value);
    if (decoded?.ok === false)
      return logger.warn({ topic, key, reason: decoded.message }, 'not understood, left out');
    const value = decoded?.value ?? null;
    if (topic === 'sources') return this.known.take(key, value as SourceState | null);
    const place = record.headers['config-place'];
    this.#definitions.take(
      key,
      value as Instrument | null,
      place === undefined ? undefined : Number(place.toString()),
    );
  }

  /** A newer program writes schemas that must be looked up; what it wrote is read when that is done. */
  async #learn(): Promise<void> {
    const { codec, logger } = this.#options;
    try {
      const ids = [...this.#unread.values()].flatMap(({ value }) => codec.needs(value) ?? []);
      await codec.learn(ids, this.#ended.signal);
    } catch (error) {
      if (!this.#ended.signal.aborted) logger.warn({ err: error }, 'a schema could not be looked up');
      return;
    } finally {
      this.#learning = undefined;
    }
    this.#take([...this.#unread.values()]);
  }
}

function keyOf({ key }: InputRecord): string {
  return key?.toString() ?? '';
}
