import { numberedCodec } from '@concord/codec';
import { RawProducer, type RawProducerOptions } from '@concord/kafka';
import { configSchema } from '@concord/runtime';
import { createIngestor, type OpenRawSink } from '@concord/sources';
import {
  FakeSockets,
  ManualClock,
  NO_HISTORY,
  silentLogger,
  TestDataSource,
  testVenue,
} from '@concord/testkit';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';

const STALL_S = 60;
const RECORDS_MAX = 2_000;
const TRADES_A_SECOND = 100;

/** Kafka takes nothing: what is published stays where it is. */
class StalledProducer extends RawProducer {
  override run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

it('a Kafka that takes nothing for 60 s costs bounded memory, and is seen in the lag, in what waits and in what was dropped', async () => {
  const clock = new ManualClock();
  const sockets = new FakeSockets();
  const metrics = new Registry();
  const logger = silentLogger(clock);
  let producer: StalledProducer | undefined;
  const openSink: OpenRawSink = (lossMarker) => {
    const options: RawProducerOptions = {
      kafka: { brokers: [], clientId: 'test' },
      prefix: '',
      logger,
      machineClock: clock,
      maxRecords: RECORDS_MAX,
      lossMarker,
    };
    producer = new StalledProducer(options);
    return producer;
  };
  const ingestor = createIngestor({
    config: configSchema.parse({
      partitions: 1,
      venues: { test: { kinds: ['trades'] } },
      instruments: [
        { id: 'A-USD', base: 'A', quote: 'USD', partition: 0, priceScale: 2, venues: { test: 'A' } },
      ],
    }),
    venue: {
      source: 'test',
      createSource: (options) =>
        new TestDataSource(testVenue(), NO_HISTORY, { ...options, openSocket: sockets.open }),
    },
    clock,
    logger,
    metrics,
    codec: numberedCodec(),
    replica: 'r1',
    openSink,
    highWaterRecords: RECORDS_MAX / 2,
  });
  const stop = new AbortController();
  const running = ingestor.run(stop.signal);
  const metric = async (name: string): Promise<number> =>
    (await metrics.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;
  await clock.pass(0);
  sockets.last.accept().deliver({ acks: ['trades:A'] });
  let peakBytes = 0;
  let sent = 0;
  for (let second = 1; second <= STALL_S; second++) {
    for (let count = 0; count < TRADES_A_SECOND; count++)
      sockets.last.deliver({ trades: 'A', ids: [++sent] });
    await clock.pass(1_000);
    expect(producer?.lag().queued).toBeLessThanOrEqual(RECORDS_MAX);
    peakBytes = Math.max(peakBytes, producer?.lag().queuedBytes ?? 0);
    // The session's first marker is as old as the session.
    expect(await metric('concord_ingestor_lag_seconds')).toBe(second);
  }
  expect(peakBytes).toBeLessThan(RECORDS_MAX * 1_000);
  expect(await metric('concord_ingestor_queued_records')).toBe(producer?.lag().queued);
  expect(ingestor.status()).toMatchObject({ queued: producer?.lag().queued, oldestAgeMs: STALL_S * 1_000 });
  const { dropped, queued } = ingestor.status();
  expect(dropped).toBeGreaterThan(0);
  expect(await metric('concord_ingestor_dropped_total')).toBe(dropped);
  expect(dropped + queued).toBeGreaterThanOrEqual(sent);
  stop.abort();
  await clock.pass(0);
  await running;
});
