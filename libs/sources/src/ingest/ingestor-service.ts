import { brokersOf, codecFor, kafkaConnection, RawProducer } from '@concord/kafka';
import type { ServiceContext } from '@concord/runtime';
import { createIngestor, type Ingestor, type VenueModule } from './ingestor.ts';
import { Sharing } from './sharing.ts';

const HEALTH_EVERY_MS = 1_000;
/** Records that wait longer than this for Kafka make the service unready. */
const LAG_MS_MAX = 10_000;

/** Runs one replica of a venue's ingestor as a service until it is asked to stop: codec, group, producer, health and `/status`. */
export async function runIngestor(context: ServiceContext, venue: VenueModule): Promise<void> {
  const { name, replica, config, clock, machineClock, logger, metrics, health, views, signal } = context;
  const kafka = kafkaConnection(config, `concord-${name}`);
  const brokers = brokersOf(context, 'records wait in a bounded buffer, then are dropped and counted');
  health.set('source', false, 'not connected yet');
  const codec = await codecFor(context);
  const prefix = config.topicPrefix;
  const { source } = venue;
  const { resumeSince: resumeSinceMs } = config.ingestors;
  const common = { clock, machineClock, logger, codec, replica };
  const servesAlone = venue.servesAlone ?? false;
  const sharing = new Sharing({ kafka, prefix, source, resumeSinceMs, servesAlone, brokers, ...common });
  await using ingestor = createIngestor({
    config,
    venue,
    ...common,
    metrics,
    roster: sharing.roster,
    resume: ({ listing, kind }) => sharing.known.of({ instrument: listing.instrument, kind }),
    openSink: (lossMarker) => new RawProducer({ kafka, prefix, logger, machineClock, lossMarker, brokers }),
  });
  views['/status'] = () => ({ ...ingestor.status(), slots: slotsOf(sharing) });
  const watch = machineClock.setRepeating(() => {
    const { oldestAgeMs, queued } = ingestor.status();
    health.set('source', ...healthOf(ingestor, sharing));
    health.set('buffer', oldestAgeMs < LAG_MS_MAX, `${queued} records wait`);
  }, HEALTH_EVERY_MS);
  try {
    await runSharing(sharing, ingestor, signal);
  } finally {
    watch.cancel();
  }
}

/** The order of a stop: the group is left, what others take over is handed over, then the source ends and its records are sent. */
async function runSharing(sharing: Sharing, ingestor: Ingestor, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const member = sharing.run(signal);
  const leaving = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => leaving.resolve(), { once: true });
  if (signal.aborted) leaving.resolve();
  const handedOver = Promise.race([member, leaving.promise])
    .then(() => sharing.handOver(ingestor.streams()))
    .finally(() => stop.abort());
  try {
    await Promise.all([ingestor.run(stop.signal), handedOver]);
  } finally {
    sharing.end();
    await member;
  }
}

function slotsOf({ assignment }: Sharing): { readonly owned: number; readonly of: number } | null {
  return assignment === undefined ? null : { owned: assignment.owned.size, of: assignment.count };
}

function healthOf(
  ingestor: Ingestor,
  { assignment, isCatchingUp, roster }: Sharing,
): [ready: boolean, detail: string] {
  if (assignment === undefined) return [false, 'no part of the instruments was assigned yet'];
  if (isCatchingUp && roster.listings.size === 0) return [false, 'the newest checkpoints are not read yet'];
  if (roster.listings.size === 0) return [true, 'there is no instrument for this replica'];
  const { state, message } = ingestor.status();
  return [state === 'LIVE', message ?? state];
}
