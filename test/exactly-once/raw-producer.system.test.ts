import { connect, type Socket } from 'node:net';
import { ensureTopics, RawProducer, topicSpecs, type Loss, type RawRecord } from '@concord/kafka';
import { expect, inject, test } from 'vitest';
import { Arena, clock, faultRounds, logger, seededChance } from './arena.ts';
import { ProxiedBrokers } from './proxied.ts';

const TOPIC = 'in.left';
const PARTITIONS = 3;

function numbered(n: number): RawRecord {
  return {
    topic: TOPIC,
    partition: n % PARTITIONS,
    key: 'k',
    value: Buffer.from(String(n)),
    timestampMs: clock.nowMs(),
  };
}

/** Numbers per partition as a reader meets them, each at its first occurrence, and how many came again. */
async function stored(arena: Arena): Promise<{ first: number[][]; repeated: number }> {
  const first: number[][] = [];
  let repeated = 0;
  const records = await arena.read([TOPIC]);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const seen = new Set<number>();
    for (const { value } of records.get(`${TOPIC}[${partition}]`) ?? []) {
      const n = Number(value?.toString());
      if (seen.has(n)) repeated++;
      seen.add(n);
    }
    first.push([...seen]);
  }
  return { first, repeated };
}

test('connections cut under a raw producer lose nothing and keep the order', async () => {
  const { random } = seededChance();
  const brokers = inject('kafkaBrokers');
  await using arena = await Arena.create({ brokers }, PARTITIONS);
  await using proxied = await ProxiedBrokers.create(brokers);
  await using producer = new RawProducer({ kafka: proxied.kafka, prefix: arena.prefix, logger });
  void producer.run(new AbortController().signal);
  let published = 0;
  const endMs = clock.monotonicMs() + 8_000 * faultRounds();
  while (clock.monotonicMs() < endMs) {
    for (let i = 0; i < 20; i++) expect(producer.publish(numbered(published++))).toBe('queued');
    if (random() < 0.03) proxied.spoil(random);
    await clock.sleep(5);
  }
  await producer.flush();
  expect(producer.progress()).toEqual({ accepted: published, settled: published });
  const { first, repeated } = await stored(arena);
  console.log(`${published} published, ${proxied.cuts} connections spoilt, ${repeated} stored again`);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const wanted = Array.from({ length: published }, (_, n) => n).filter((n) => n % PARTITIONS === partition);
    expect(first[partition]).toEqual(wanted);
  }
  expect(proxied.cuts).toBeGreaterThan(10);
});

/** Opens sockets and remembers them; the next write after `cutNext` ends its socket, with the request under way. */
class CuttingSockets {
  readonly opened: Socket[] = [];
  cutNext = false;

  readonly connect = (_host: string, port: number): Socket => {
    const socket = connect(port, '127.0.0.1');
    this.opened.push(socket);
    const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
    socket.write = (...given: unknown[]): boolean => {
      const taken = write(...given);
      if (this.cutNext) socket.destroy(new Error('cut'));
      this.cutNext = false;
      return taken;
    };
    return socket;
  };
}

test('a send that fails once ends all connections of its producer, and a new producer repeats it', async () => {
  const brokers = inject('kafkaBrokers');
  await using arena = await Arena.create({ brokers }, PARTITIONS);
  const sockets = new CuttingSockets();
  const failures: string[] = [];
  await using producer = new RawProducer({
    // Under another name than the brokers call themselves: kafkajs keeps a connection of its own for it.
    kafka: {
      brokers: brokers.map((broker) => broker.replace('127.0.0.1', 'localhost')),
      connect: sockets.connect,
    },
    prefix: arena.prefix,
    logger,
    metrics: { sent: () => undefined, failed: (code) => failures.push(code), dropped: () => undefined },
  });
  void producer.run(new AbortController().signal);
  producer.publish(numbered(0));
  await producer.flush();
  // A topic just made may refuse the first send, which has then ended a producer already.
  failures.length = 0;
  const former = sockets.opened.filter(({ destroyed }) => !destroyed);
  // Beside the one that is cut there is another, which only the producer's end closes.
  expect(former.length).toBeGreaterThan(1);
  sockets.cutNext = true;
  producer.publish(numbered(PARTITIONS));
  await producer.flush();
  expect(failures).toEqual(['unanswered']);
  expect(former.every(({ destroyed }) => destroyed)).toBe(true);
  expect((await stored(arena)).first[0]).toEqual([0, PARTITIONS]);
});

test('what finds no room is dropped, and a marker in its place counts it', async () => {
  const brokers = inject('kafkaBrokers');
  await using arena = await Arena.create({ brokers }, PARTITIONS);
  await using proxied = await ProxiedBrokers.create(brokers);
  const lossMarker = ({ topic, partition, count, reason }: Loss): RawRecord => ({
    topic,
    partition,
    key: null,
    value: null,
    headers: { marker: 'dropped', body: JSON.stringify({ count, reason }) },
    timestampMs: clock.nowMs(),
  });
  await using producer = new RawProducer({
    kafka: proxied.kafka,
    prefix: arena.prefix,
    logger: logger.child({}, { level: 'silent' }),
    maxRecords: 600,
    lossMarker,
  });
  void producer.run(new AbortController().signal);
  let published = 0;
  const dropped = [0, 0, 0];
  const publish = async (count: number, pauseMs: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const n = published++;
      if (producer.publish(numbered(n)) === 'dropped') dropped[n % PARTITIONS]! += 1;
      if (i % 10 === 9) await clock.sleep(pauseMs);
    }
  };
  await publish(300, 1);
  proxied.refuse(true);
  proxied.spoil(() => 0);
  await publish(3_000, 5);
  proxied.refuse(false);
  await publish(2_000, 5);
  await producer.flush();
  expect(Math.min(...dropped)).toBeGreaterThan(100);
  for (const [place, records] of await arena.read([TOPIC])) {
    const partition = records[0]?.partition ?? -1;
    let counted = 0;
    let last = partition - PARTITIONS;
    const seen = new Set<number>();
    for (const { value, headers } of records) {
      if (value === null) {
        const { count } = JSON.parse(headers['body']?.toString() ?? '') as { count: number };
        counted += count;
        last += count * PARTITIONS;
        continue;
      }
      const n = Number(value.toString());
      if (seen.has(n)) continue;
      seen.add(n);
      // Each hole was announced before the record that follows it.
      expect(`${place} ${n}`).toBe(`${place} ${last + PARTITIONS}`);
      last = n;
    }
    expect(counted).toBe(dropped[partition]);
  }
});

test('live raw records carry the time at which the broker appended them, past ones their own', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, PARTITIONS);
  const specs = [false, true].flatMap((past) =>
    topicSpecs({ prefix: `${arena.prefix}${past ? 'past.' : ''}`, partitions: 1, replication: 1, past }),
  );
  await ensureTopics(
    arena.admin,
    specs.filter(({ topic }) => topic.endsWith('raw.trades')),
  );
  await using producer = new RawProducer({ kafka: arena.kafka, prefix: arena.prefix, logger });
  void producer.run(new AbortController().signal);
  const longAgo = Date.UTC(2017, 0, 1);
  for (const topic of ['raw.trades', 'past.raw.trades'])
    producer.publish({ topic, partition: 0, key: 'k', value: Buffer.from('1'), timestampMs: longAgo });
  await producer.flush();
  const records = await arena.read(['raw.trades', 'past.raw.trades']);
  expect(records.get('past.raw.trades[0]')?.[0]?.timestampMs).toBe(longAgo);
  const appendedMs = records.get('raw.trades[0]')?.[0]?.timestampMs ?? 0;
  expect(Math.abs(clock.nowMs() - appendedMs)).toBeLessThan(30_000);
});

test('a record that the broker will never take does not stop the others', async () => {
  await using arena = await Arena.create({ brokers: inject('kafkaBrokers') }, PARTITIONS);
  const losses: Loss[] = [];
  const silent = logger.child({}, { level: 'silent' });
  await using producer = new RawProducer({
    kafka: arena.kafka,
    prefix: arena.prefix,
    logger: silent,
    lossMarker: (loss) => void losses.push(loss),
  });
  void producer.run(new AbortController().signal);
  // Ten years ahead: the broker's limit for future timestamps is an hour unless told.
  const future = clock.nowMs() + 10 * 365 * 86_400_000;
  for (let n = 0; n < 30; n++)
    producer.publish(n === 13 ? { ...numbered(n), timestampMs: future } : numbered(n));
  producer.publish({ ...numbered(99), value: Buffer.alloc(2_000_000) });
  producer.publish({ ...numbered(98), partition: PARTITIONS });
  producer.publish(numbered(30));
  await producer.flush();
  const { first } = await stored(arena);
  const all = first.flat().sort((a, b) => a - b);
  expect(losses.map(({ reason, count }) => ({ reason, count }))).toContainEqual({
    reason: 'refused',
    count: 1,
  });
  // A broker that takes future times keeps number 13.
  expect(all.filter((n) => n !== 13)).toEqual(
    Array.from({ length: 31 }, (_, n) => n).filter((n) => n !== 13),
  );
  expect(losses.map(({ partition }) => partition)).toContain(PARTITIONS);
  expect(all).not.toContain(99);
  expect(all).not.toContain(98);
});
