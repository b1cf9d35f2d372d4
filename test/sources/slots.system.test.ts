import { ensureTopics, RawProducer, Slots, TopicFollower, topicSpecs } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, clock, logger, until } from '../exactly-once/arena.ts';
import { ProxiedBrokers } from '../exactly-once/proxied.ts';

const COUNT = 24;

/** A member of a group that shares slots, behind brokers of its own that can be taken away from it alone. */
class Member implements AsyncDisposable {
  readonly proxied: ProxiedBrokers;
  readonly slots: Slots;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  assignments = 0;

  private constructor(arena: Arena, proxied: ProxiedBrokers) {
    this.proxied = proxied;
    this.slots = new Slots({
      kafka: proxied.kafka,
      prefix: arena.prefix,
      group: 'ingestor-test',
      logger,
      onAssigned: () => this.assignments++,
    });
    this.#running = this.slots.run(this.#stop.signal);
  }

  static async join(arena: Arena): Promise<Member> {
    return new Member(arena, await ProxiedBrokers.create(arena.kafka.brokers));
  }

  get owned(): readonly number[] {
    return [...(this.slots.assignment?.owned ?? [])].sort((a, b) => a - b);
  }

  async leave(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    await this.proxied[Symbol.asyncDispose]();
  }
}

async function arenaWithSlots(): Promise<Arena> {
  const arena = await Arena.create({ brokers: inject('kafkaBrokers') }, 1);
  const specs = topicSpecs({
    prefix: arena.prefix,
    partitions: 1,
    replication: 1,
    past: false,
    slots: COUNT,
  });
  await ensureTopics(
    arena.admin,
    specs.filter(({ topic }) => /(assignments|instruments|sources)$/.test(topic)),
  );
  return arena;
}

async function sharedBy(members: readonly Member[]): Promise<void> {
  await until(`the slots are shared by ${members.length}`, () => {
    const all = members.flatMap(({ owned }) => owned);
    return (
      all.length === COUNT && new Set(all).size === COUNT && members.every(({ owned }) => owned.length > 0)
    );
  });
}

test('slots are shared evenly, kept where they are when a member comes, and free at once when one leaves', async () => {
  await using arena = await arenaWithSlots();
  await using first = await Member.join(arena);
  await sharedBy([first]);
  await using second = await Member.join(arena);
  await sharedBy([first, second]);
  const before = [first.owned, second.owned];
  await using third = await Member.join(arena);
  await sharedBy([first, second, third]);
  const members = [first, second, third];
  expect(members.map(({ owned }) => owned.length)).toEqual([8, 8, 8]);
  for (const [at, member] of [first, second].entries())
    expect(before[at]).toEqual(expect.arrayContaining([...member.owned]));
  // Whatever lies in the first slots is shared too.
  expect(members.map(({ owned }) => owned.filter((slot) => slot < 3).length)).toEqual([1, 1, 1]);
  const startMs = clock.monotonicMs();
  await second.leave();
  await sharedBy([first, third]);
  const tookMs = clock.monotonicMs() - startMs;
  console.log(`after a leave: ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(5_000);
});

test('the slots of a member that is cut off are given to the others within ten seconds, and itself goes on', async () => {
  await using arena = await arenaWithSlots();
  await using first = await Member.join(arena);
  await using second = await Member.join(arena);
  await sharedBy([first, second]);
  const held = second.owned;
  second.proxied.refuse(true);
  second.proxied.spoil(() => 0);
  const startMs = clock.monotonicMs();
  await until('the first has all', () => first.owned.length === COUNT);
  const tookMs = clock.monotonicMs() - startMs;
  console.log(`after a cut: ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(10_000);
  // Only a new assignment takes slots away.
  expect(second.owned).toEqual(held);
  second.proxied.refuse(false);
  await sharedBy([first, second]);
});

test('brokers that are away from everybody take nothing from anybody', async () => {
  await using arena = await arenaWithSlots();
  await using first = await Member.join(arena);
  await using second = await Member.join(arena);
  await sharedBy([first, second]);
  const members = [first, second];
  const held = members.map(({ owned }) => owned);
  for (const { proxied } of members) {
    proxied.refuse(true);
    proxied.spoil(() => 0);
  }
  // Longer than a session.
  await clock.sleep(8_000);
  expect(members.map(({ owned }) => owned)).toEqual(held);
  const before = members.map(({ assignments }) => assignments);
  for (const { proxied } of members) proxied.refuse(false);
  await until('both are assigned anew', () =>
    members.every(({ assignments }, at) => assignments > (before[at] as number)),
  );
  await sharedBy(members);
});

test('a follower hands on what stands in compacted topics and what comes, through cuts', async () => {
  await using arena = await arenaWithSlots();
  await using proxied = await ProxiedBrokers.create(arena.kafka.brokers);
  const ended = new AbortController();
  await using producer = new RawProducer({ kafka: arena.kafka, prefix: arena.prefix, logger });
  void producer.run(ended.signal);
  const write = async (n: number): Promise<void> => {
    producer.publish({
      topic: 'sources',
      partition: 0,
      key: `k${n % 7}`,
      value: Buffer.from(`${n}`),
      timestampMs: clock.nowMs(),
    });
    await producer.flush();
  };
  for (let n = 0; n < 50; n++) await write(n);
  const held = new Map<string, number>();
  const follower = new TopicFollower({
    kafka: proxied.kafka,
    prefix: arena.prefix,
    topics: ['sources', 'instruments'],
    logger,
    onRecords: (records) =>
      records.forEach(({ key, value }) => held.set(String(key), Number(value?.toString()))),
  });
  const following = follower.run(ended.signal);
  await follower.caughtUp(ended.signal);
  expect(Math.max(...held.values())).toBe(49);
  for (let n = 50; n < 100; n++) {
    await write(n);
    if (n % 10 === 0) proxied.spoil(() => 0);
  }
  await follower.caughtUp(ended.signal);
  expect([...held.values()].sort((a, b) => a - b)).toEqual([93, 94, 95, 96, 97, 98, 99]);
  ended.abort();
  await following;
});
