import { readCommitted } from '@concord/kafka';
import { toJson } from '@concord/codec';
import { connectPipeline, findPipeline, type FoundPipeline } from '../pipeline/connection.ts';
import { observeServices, serviceRows, totalLag, type ServiceObservation } from '../pipeline/observe.ts';

/**
 * `concord status`: what runs, where it listens, how far it is behind and what each source covers. What the services say of themselves is shown
 * also where Kafka or the registry do not answer; the error comes after it, and the sources are then unknown.
 */
export async function showStatus({ json }: { json?: boolean }): Promise<void> {
  const pipeline = findPipeline();
  const observations = await observeServices(pipeline.run?.services ?? []);
  const [sources] = await Promise.allSettled([sourceStates(pipeline)]);
  show(pipeline, observations, sources.status === 'fulfilled' ? sources.value : null, json === true);
  if (sources.status === 'rejected') throw sources.reason;
}

function show(
  { run, config }: FoundPipeline,
  observations: readonly ServiceObservation[],
  sources: readonly StateRow[] | null,
  json: boolean,
): void {
  if (json) {
    const services = observations.map(({ entry, ready, waitsFor, status }) => ({
      ...entry,
      ready,
      waitsFor,
      status: status ?? null,
    }));
    const addresses = {
      kafka: config.kafka.brokers,
      redis: config.redis.url ?? null,
      registry: config.registry.url ?? null,
      gateway: run?.gateway ?? null,
    };
    const state = {
      ...addresses,
      topicPrefix: config.topicPrefix,
      venues: run?.venues ?? {},
      lag: totalLag(observations),
      services,
      sources,
    };
    process.stdout.write(`${JSON.stringify(state)}\n`);
    return;
  }
  for (const { name, state, detail } of serviceRows(observations))
    process.stdout.write(`${name.padEnd(20)} ${state.padEnd(8)} ${detail}\n`);
  if (sources === null || sources.length === 0) return;
  process.stdout.write(
    '\nsource      instrument    kind    state       received  verified  unverifiable  suspect  missing\n',
  );
  for (const row of sources) {
    const text = (name: string, width: number): string => String(row[name] ?? '–').padEnd(width);
    const count = (name: string, width: number): string => String(row[name] ?? 0).padStart(width);
    process.stdout.write(
      `${text('source', 11)} ${text('instrument', 13)} ${text('kind', 7)} ${text('state', 10)} ${count('received', 9)} ${count('verified', 9)} ${count('unverifiable', 13)} ${count('suspect', 8)} ${count('missingIds', 8)}\n`,
    );
  }
}

type StateRow = Readonly<Record<string, string | number | null>>;

/** Newest state of each source, instrument and kind, as JSON. */
async function sourceStates(pipeline: FoundPipeline): Promise<StateRow[]> {
  const { kafka, prefix, logger, codec } = await connectPipeline('status', pipeline);
  await using reader = await readCommitted({
    kafka,
    topics: ['sources'],
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  const states = new Map<string, StateRow>();
  for await (const { key, value } of reader) {
    const id = key?.toString() ?? '';
    const decoded = codec.decode('sources', value);
    if (value === null) states.delete(id);
    else if (decoded.ok) states.set(id, toJson('sources', decoded.value) as StateRow);
  }
  return [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
}
