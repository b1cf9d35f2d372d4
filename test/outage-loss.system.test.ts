import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMarker, numberedCodec, type RawTrade } from '@concord/codec';
import { kraken } from '@concord/ingestor-kraken';
import { createKafka, ensureTopics, RawProducer, readCommitted, topicSpecs } from '@concord/kafka';
import { startParts, storeRoot, type Parts } from '@concord/local';
import { loadConfig, readEnvironment, SystemClock } from '@concord/runtime';
import { createIngestor } from '@concord/sources';
import { silentLogger, until } from '@concord/testkit';
import { startVenues } from '@concord/venues';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTRUMENTS } from './sources/simulated.ts';

const SEED = 20_261_124;
const clock = new SystemClock();
const logger = silentLogger();

/** Small, so that it overflows within seconds. */
const BUFFER_RECORDS = 400;

let dir = '';
let parts: Parts;

beforeAll(async () => {
  mkdirSync(join(storeRoot, 'test'), { recursive: true });
  dir = mkdtempSync(join(storeRoot, 'test', 'outage-loss-'));
  parts = await startParts({ dir, registry: false, redis: false });
});

afterAll(async () => {
  await parts?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

describe('an ingestor whose buffer overflows while Kafka is away', () => {
  it('says where trades are missing and how many at most, in the place of the hole', async (test) => {
    const [broker] = parts.brokers;
    if (broker === undefined)
      return test.skip('KAFKA_BROKERS names a broker that is not this test’s to kill');
    const kafka = { brokers: parts.kafkaBrokers, clientId: 'loss' };
    const client = createKafka(kafka, logger);
    const admin = client.kafka.admin();
    await admin.connect();
    await ensureTopics(admin, topicSpecs({ prefix: '', partitions: 2, replication: 1, past: false }));
    await admin.disconnect();
    client.destroy();

    await using venues = await startVenues({
      clock,
      seed: SEED,
      instruments: INSTRUMENTS,
      venues: ['kraken'],
      rate: 20,
    });
    const config = loadConfig(join(import.meta.dirname, '../concord.yaml'), readEnvironment({}));
    const listed = INSTRUMENTS.map(({ id }) => id);
    const venue = {
      ...config.venues['kraken'],
      ...venues.addresses['kraken'],
    } as (typeof config.venues)[string];
    await using ingestor = createIngestor({
      config: {
        venues: { kraken: venue },
        instruments: config.instruments.filter(({ id }) => listed.includes(id)),
      },
      venue: kraken,
      clock,
      logger,
      metrics: new Registry(),
      codec: numberedCodec(),
      replica: 'test',
      openSink: (lossMarker) =>
        new RawProducer({ kafka, prefix: '', logger, maxRecords: BUFFER_RECORDS, lossMarker }),
    });
    const stop = new AbortController();
    const running = ingestor.run(stop.signal);
    const tradesSoFar = (): number =>
      Object.values(ingestor.status().instruments).reduce((sum, { trades = 0 }) => sum + trades, 0);
    await until('trades', () => tradesSoFar() > 50);
    await broker.kill();
    await until('an overflow', () => ingestor.status().dropped > 200);
    await broker.restart();
    await until('an empty buffer', () => ingestor.status().queued < BUFFER_RECORDS / 4);
    const after = tradesSoFar();
    await until('trades after it', () => tradesSoFar() > after + 50);
    stop.abort();
    await running;

    const { holes, lost, declared } = await holesOf(kafka);
    process.stderr.write(`${holes} holes of ${lost} trades, ${declared} records declared\n`);
    expect(holes).toBeGreaterThan(0);
    expect(declared).toBeGreaterThanOrEqual(lost);
  });
});

/** Reads raw.trades; fails at a jump of the ids that no marker stands in. */
async function holesOf(kafka: {
  brokers: readonly string[];
  clientId: string;
}): Promise<{ holes: number; lost: number; declared: number }> {
  const codec = numberedCodec();
  await using reader = await readCommitted({
    kafka,
    topics: ['raw.trades'],
    prefix: '',
    logger,
    from: 'beginning',
    until: 'end',
  });
  const newest = new Map<string, number>();
  /** Instruments that had a record since the partition's last marker of a loss. */
  const whole = new Map<number, Set<string>>();
  let [holes, lost, declared] = [0, 0, 0];
  for await (const { partition, offset, value, headers } of reader) {
    if (value === null) {
      const read = decodeMarker(headers);
      if (read.ok && read.marker.type === 'dropped') {
        declared += read.marker.count;
        whole.set(partition, new Set());
      }
      continue;
    }
    const decoded = codec.decode('raw.trades', value);
    if (!decoded.ok) throw new Error(decoded.message);
    const { instrument, firstId, lastId, origin }: RawTrade = decoded.value;
    if (origin !== 'LIVE') continue;
    const before = newest.get(instrument);
    const missing = before === undefined ? 0 : Number(firstId) - before - 1;
    if (missing > 0) {
      const told = whole.get(partition);
      expect(
        told !== undefined && !told.has(instrument),
        `raw.trades[${partition}]@${offset}: ${missing} are missing`,
      ).toBe(true);
      holes++;
      lost += missing;
    }
    newest.set(instrument, Math.max(before ?? 0, Number(lastId)));
    whole.get(partition)?.add(instrument);
  }
  return { holes, lost, declared };
}
