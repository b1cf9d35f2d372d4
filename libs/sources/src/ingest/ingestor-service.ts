import { brokersOf, codecFor, kafkaConnection, RawProducer } from '@concord/kafka';
import type { ServiceContext } from '@concord/runtime';
import { createIngestor, type VenueModule } from './ingestor.ts';

const HEALTH_EVERY_MS = 1_000;
/** Records that wait longer than this for Kafka make the service unready. */
const LAG_MS_MAX = 10_000;

/** Runs one venue's ingestor as a service until it is asked to stop: codec, producer, health and `/status`. */
export async function runIngestor(context: ServiceContext, venue: VenueModule): Promise<void> {
  const { name, replica, config, clock, machineClock, logger, metrics, health, views, signal } = context;
  const kafka = kafkaConnection(config, `concord-${name}`);
  const brokers = brokersOf(context, 'records wait in a bounded buffer, then are dropped and counted');
  health.set('source', false, 'not connected yet');
  const codec = await codecFor(context);
  await using ingestor = createIngestor({
    config,
    venue,
    clock,
    machineClock,
    logger,
    metrics,
    codec,
    replica,
    openSink: (lossMarker) =>
      new RawProducer({ kafka, prefix: config.topicPrefix, logger, machineClock, lossMarker, brokers }),
  });
  views['/status'] = () => ingestor.status();
  const watch = machineClock.setRepeating(() => {
    const { state, message, queued, oldestAgeMs } = ingestor.status();
    health.set('source', state === 'LIVE', message ?? state);
    health.set('buffer', oldestAgeMs < LAG_MS_MAX, `${queued} records wait`);
  }, HEALTH_EVERY_MS);
  try {
    await ingestor.run(signal);
  } finally {
    watch.cancel();
  }
}
